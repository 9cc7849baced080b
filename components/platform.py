"""The platform: every part of it, and how the parts are wired to each other."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pulumi

from components import outputs
from components.apps import (
    EchoServer,
    EchoServerArgs,
    FileBrowser,
    FileBrowserArgs,
    Navidrome,
    NavidromeArgs,
    filebrowser,
    navidrome,
)
from components.certificates import CertManager, CertManagerArgs, WildcardCertificate, WildcardCertificateArgs
from components.edge import (
    AccessRoute,
    AccessTunnel,
    AccessTunnelArgs,
    DefaultTls,
    DefaultTlsArgs,
    ForwardAuthChain,
    ForwardAuthChainArgs,
    Traefik,
    TraefikArgs,
    TunnelIngressController,
    TunnelIngressControllerArgs,
)
from components.gitops import ArgoCd, ArgoCdArgs, LocalAdmin, LocalAdminArgs
from components.identity import (
    AccessApplication,
    AccessApplicationArgs,
    Authentik,
    AuthentikArgs,
    Directory,
    DirectoryArgs,
    OidcClient,
    OidcClientArgs,
    Outpost,
    OutpostArgs,
    ProtectedHostArgs,
    ZeroTrust,
    ZeroTrustArgs,
    access_callback,
    oidc_sign_in,
    outpost_endpoint,
)
from components.identity.directory import ADMINS, USERS
from components.kit import (
    Access,
    AccessExposure,
    Namespace,
    NamespaceArgs,
    Oidc,
    Public,
    SecretStore,
    SyncedSecret,
    SyncedSecretArgs,
    TraefikRoute,
    TunnelIngress,
    hosts,
)
from components.providers import Providers, authentik_provider
from components.publishing import ForwardAuthGate, Publisher
from components.secrets import OnePassword, OnePasswordArgs
from components.settings import Configuration

API_SERVER_PORT = 6443
"""Port of the API server on the nodes: pods reach it there, however its Service is numbered."""


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The platform as others build on it."""

    publisher: Publisher
    """Makes further services reachable."""
    outputs: outputs.Outputs


def build(configuration: Configuration) -> Platform:
    """Declare the whole platform."""
    settings, secrets = configuration.settings, configuration.secrets
    providers = Providers.of(configuration)
    mirror, replicas = settings.registry_mirror, settings.replicas
    api_server = hosts([str(address) for address in settings.cluster.node_addresses], API_SERVER_PORT)

    # Flow 1: what delivers the controllers.
    argocd_host = settings.hosts.argocd
    argocd_sign_in = oidc_sign_in("argocd", url=settings.authentik_url, callback=f"https://{argocd_host}/auth/callback")
    argocd = ArgoCd(
        "argocd",
        ArgoCdArgs(
            host=argocd_host,
            sign_in=argocd_sign_in,
            administrators=ADMINS,
            readers=USERS,
            api_server=api_server,
            replicas=replicas,
            registry_mirror=mirror,
        ),
        opts=providers.opts(),
    )

    # Flow 5: secrets.
    onepassword = OnePassword(
        "onepassword",
        OnePasswordArgs(
            delivery=argocd.delivery,
            vault=settings.onepassword.vault,
            connect_credentials=secrets.onepassword_connect_credentials,
            connect_token=secrets.onepassword_connect_token,
            api_server=api_server,
            registry_mirror=mirror,
        ),
        opts=providers.opts(),
    )

    LocalAdmin(
        "argocd-admin",
        LocalAdminArgs(namespace=argocd.delivery.namespace, installed=argocd.installed, store=onepassword.store),
        opts=providers.opts(),
    )

    # Flow 9: the two ways in.
    edge_namespace = Namespace("traefik", NamespaceArgs(), opts=providers.opts())
    traefik = Traefik(
        "traefik",
        TraefikArgs(
            delivery=argocd.delivery,
            namespace=edge_namespace,
            api_server=api_server,
            replicas=replicas,
            registry_mirror=mirror,
        ),
        opts=providers.opts(),
    )
    tunnel = TunnelIngressController(
        "tunnel-ingress",
        TunnelIngressControllerArgs(
            delivery=argocd.delivery,
            store=onepassword.store,
            account_id=settings.cloudflare.account_id,
            api_token=secrets.cloudflare_tunnel_token,
            api_server=api_server,
            connectors=replicas,
            registry_mirror=mirror,
        ),
        opts=providers.opts(),
    )

    # Flow 7: certificates.
    cert_manager = CertManager(
        "cert-manager",
        CertManagerArgs(
            delivery=argocd.delivery,
            store=onepassword.store,
            zones=list(settings.zones),
            email=settings.acme.email,
            dns_token=secrets.cloudflare_dns_token,
            api_server=api_server,
            replicas=replicas,
            registry_mirror=mirror,
        ),
        opts=providers.opts(),
    )
    certificates = [
        WildcardCertificate(
            f"wildcard-{domain.replace('.', '-')}",
            WildcardCertificateArgs(
                domain=domain,
                issuer=cert_manager.issuers[settings.acme.issuer],
                issuer_ready=cert_manager.ready,
                namespace=edge_namespace,
            ),
            opts=providers.opts(),
        )
        for domain in settings.zones
    ]
    tls = DefaultTls(
        "default-tls",
        DefaultTlsArgs(gateway=traefik.gateway, secret_names=[item.secret_name for item in certificates]),
        opts=providers.opts(),
    )
    publisher = Publisher(settings=settings, providers=providers, gateway=traefik.gateway, tunnel=tunnel.gateway)

    # Flow 2: identity.
    authentik = Authentik(
        "authentik",
        AuthentikArgs(
            delivery=argocd.delivery,
            store=onepassword.store,
            bootstrap_token=secrets.authentik_token,
            administrator_email=settings.acme.email,
            storage_class=settings.cluster.storage_classes.local,
            api_server=api_server,
            replicas=replicas,
            registry_mirror=mirror,
        ),
        opts=providers.opts(),
    )
    sign_in_page = Public(reason="it is the page that everybody signs in at")
    reachable = publisher.expose(
        "authentik", authentik.endpoint, TraefikRoute(host=settings.hosts.authentik, sign_in=sign_in_page)
    )
    provider = authentik_provider(configuration, ready=[authentik.ready, tls, *reachable])
    accounts = providers.opts(provider)
    directory = Directory("homelab", DirectoryArgs(host=settings.hosts.authentik), opts=accounts)
    argocd_client = OidcClient(
        "argocd",
        OidcClientArgs(
            title="Argo CD",
            launch_url=f"https://{argocd_host}",
            icon=f"https://{argocd_host}/assets/favicon/favicon-32x32.png",
            sign_in=argocd_sign_in,
            groups=[ADMINS, USERS],
            directory=directory,
            store=onepassword.store,
        ),
        opts=accounts,
    )
    argocd_secret = SyncedSecret(
        "argocd-oidc",
        SyncedSecretArgs(
            namespace=argocd.delivery.namespace,
            item=argocd_client.item,
            # Argo CD reads only Secrets that say that they are part of it.
            labels={"app.kubernetes.io/part-of": "argocd"},
        ),
        opts=providers.opts(),
    )
    publisher.expose("argocd", argocd.endpoint, TraefikRoute(host=argocd_host, sign_in=Oidc(client=argocd_sign_in)))

    # Flow 3: forward auth.
    outpost = outpost_endpoint(authentik.namespace, "homelab")
    gate = ForwardAuthGate(
        chain=ForwardAuthChain(
            "authentik-forward-auth",
            ForwardAuthChainArgs(gateway=traefik.gateway, outpost=outpost),
            opts=providers.opts(),
        ).chain,
        callback=outpost,
        opts=accounts,
    )
    dashboard = ProtectedHostArgs(title="Traefik", host=settings.hosts.traefik, group=ADMINS, directory=directory)
    publisher.expose_dashboard(
        "traefik", TraefikRoute(host=settings.hosts.traefik, sign_in=gate.protect("traefik", dashboard))
    )

    # Flow 4: zero trust.
    access_secrets = (
        [_access(configuration, publisher, directory, onepassword.store, accounts)] if settings.access else []
    )

    # What people use.
    if settings.apps.navidrome.enabled:
        _music(publisher, gate, directory)
    if settings.apps.echoserver.enabled:
        _echo(publisher)
    Outpost(
        "homelab",
        OutpostArgs(hosts=gate.hosts, server=authentik.endpoint, url=settings.authentik_url, replicas=replicas),
        opts=accounts,
    )
    synced = [authentik.secret, cert_manager.secret, tunnel.secret, argocd_secret, *access_secrets]
    stack_outputs = outputs.Outputs(
        services=publisher.services,
        secrets=[outputs.secret(item) for item in synced],
        databases=[],
        dashboards=[],
        versions=outputs.pinned(),
    )
    return Platform(publisher=publisher, outputs=stack_outputs)


def _access(
    configuration: Configuration,
    publisher: Publisher,
    directory: Directory,
    store: SecretStore,
    accounts: pulumi.ResourceOptions,
) -> SyncedSecret:
    """The hosts behind Cloudflare Access; the tunnel's credentials."""
    settings = configuration.settings
    account = settings.cloudflare.account_id
    groups = sorted({host.group for host in settings.access.values()})
    callback = access_callback(settings.cloudflare.team)
    client = OidcClient(
        "cloudflare-access",
        OidcClientArgs(
            title="Cloudflare Access",
            launch_url=f"https://{settings.cloudflare.team}.cloudflareaccess.com",
            sign_in=oidc_sign_in("cloudflare-access", url=settings.authentik_url, callback=callback),
            groups=groups,
            directory=directory,
            store=store,
        ),
        opts=accounts,
    )
    zero_trust = ZeroTrust("zero-trust", ZeroTrustArgs(account_id=account, client=client, groups=groups), opts=accounts)
    routes = [
        AccessRoute(
            host=host,
            zone_id=settings.zones[settings.domain_of(host)].id,
            target=access.target,
            audience=AccessApplication(
                host.partition(".")[0],
                AccessApplicationArgs(
                    account_id=account,
                    host=host,
                    kind="ssh" if access.target.startswith("ssh://") else "self_hosted",
                    session=access.session,
                    group=access.group,
                    zero_trust=zero_trust,
                ),
                opts=accounts,
            ).audience,
        )
        for host, access in settings.access.items()
    ]
    tunnel = AccessTunnel(
        "access-tunnel",
        AccessTunnelArgs(
            store=store,
            account_id=account,
            team=settings.cloudflare.team,
            routes=routes,
            replicas=settings.replicas,
            registry_mirror=settings.registry_mirror,
        ),
        opts=accounts,
    )
    for host, access in settings.access.items():
        exposure = AccessExposure(host=host, sign_in=Access(group=access.group))
        publisher.record(host.partition(".")[0], tunnel.namespace.name, exposure)
    return tunnel.secret


def _music(publisher: Publisher, gate: ForwardAuthGate, directory: Directory) -> None:
    """Navidrome, and the page to add music with."""
    settings = publisher.settings
    app, nfs, host = settings.apps.navidrome, settings.cluster.nfs, settings.hosts.navidrome
    music = Navidrome(
        "navidrome",
        NavidromeArgs(
            nfs_server=nfs.server,
            music_path=f"{nfs.export}/{app.music_path}",
            music_size=app.music_size,
            data_size=app.data_size,
            storage_class=settings.cluster.storage_classes.local,
            proxies=str(settings.cluster.pod_cidr),
            scan_interval=app.scan_interval,
            backup_schedule=app.backup_schedule,
            registry_mirror=settings.registry_mirror,
        ),
        opts=publisher.providers.opts(),
    )
    sign_in = gate.protect(
        "navidrome", ProtectedHostArgs(title="Navidrome", host=host, group=USERS, directory=directory)
    )
    publisher.expose(
        "navidrome",
        music.endpoint,
        TraefikRoute(
            host=host,
            sign_in=replace(sign_in, open_paths=navidrome.OPEN_PATHS, open_paths_reason=navidrome.OPEN_PATHS_REASON),
        ),
    )
    if settings.apps.filebrowser.enabled:
        files = FileBrowser(
            "filebrowser",
            FileBrowserArgs(namespace=music.namespace, folder=music.music, registry_mirror=settings.registry_mirror),
            opts=publisher.providers.opts(),
        )
        publisher.expose("filebrowser", files.endpoint, TraefikRoute(host=host, path=filebrowser.PATH, sign_in=sign_in))


def _echo(publisher: Publisher) -> None:
    """The echo server behind the tunnel."""
    app = publisher.settings.apps.echoserver
    echo = EchoServer(
        "echoserver",
        EchoServerArgs(replicas=app.replicas, registry_mirror=publisher.settings.registry_mirror),
        opts=publisher.providers.opts(),
    )
    public = Public(reason="it shows callers nothing but their own request")
    publisher.expose(
        "echoserver", echo.endpoint, TunnelIngress(host=publisher.settings.hosts.echoserver, sign_in=public)
    )
