"""The platform: every part of it, and how the parts are wired to each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

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
    DefaultTls,
    DefaultTlsArgs,
    ForwardAuthChain,
    ForwardAuthChainArgs,
    Gateway,
    Traefik,
    TraefikArgs,
    TraefikRouted,
    TraefikRoutedArgs,
    TunnelGateway,
    TunnelIngressController,
    TunnelIngressControllerArgs,
    Tunnelled,
    TunnelledArgs,
)
from components.gitops import ArgoCd, ArgoCdArgs
from components.identity import (
    Authentik,
    AuthentikArgs,
    Directory,
    DirectoryArgs,
    Outpost,
    OutpostArgs,
    ProtectedHost,
    ProtectedHostArgs,
    outpost_endpoint,
)
from components.identity.directory import ADMINS, USERS
from components.kit import (
    AppSignIn,
    Endpoint,
    Exposure,
    ForwardAuth,
    Middleware,
    Namespace,
    NamespaceArgs,
    Public,
    SyncedSecret,
    TraefikRoute,
    TunnelIngress,
    hosts,
)
from components.providers import Providers, authentik_provider
from components.secrets import OnePassword, OnePasswordArgs
from components.settings import Configuration, Settings

API_SERVER_PORT = 6443
"""Port of the API server on the nodes: pods reach it there, however its Service is numbered."""


@dataclass(kw_only=True)
class Platform:
    """The part of the platform that applications stand on, and a record of what there is."""

    settings: Settings
    providers: Providers
    gateway: Gateway
    tunnel: TunnelGateway
    services: list[outputs.Service] = field(default_factory=list)
    secrets: list[SyncedSecret] = field(default_factory=list)

    def expose(self, name: str, endpoint: Endpoint, exposure: Exposure) -> list[pulumi.Resource]:
        """Make an endpoint reachable in the way that was chosen for it; what has to be done before anyone calls."""
        self.services.append(outputs.service(name, endpoint.namespace.name, exposure))
        if isinstance(exposure, TunnelIngress):
            args = TunnelledArgs(endpoint=endpoint, route=exposure, gateway=self.tunnel)
            return [Tunnelled(name, args, opts=self.providers.opts())]
        if isinstance(exposure, TraefikRoute):
            return [self._route(name, endpoint, exposure)]
        return []

    def expose_dashboard(self, name: str, route: TraefikRoute) -> None:
        """Make Traefik's own dashboard reachable: it has no Service."""
        self.services.append(outputs.service(name, self.gateway.namespace.name, route))
        self._route(name, None, route)

    def _route(self, name: str, endpoint: Endpoint | None, route: TraefikRoute) -> pulumi.Resource:
        zone = self.settings.zones[self.settings.domain_of(route.host)]
        return TraefikRouted(
            name,
            TraefikRoutedArgs(
                endpoint=endpoint,
                route=route,
                gateway=self.gateway,
                # The host's record comes with the route of its root.
                zone_id=zone.id if route.path == "/" else None,
                public_address=str(self.settings.cluster.public_address),
            ),
            opts=self.providers.opts(),
        ).ready

    def outputs(self) -> outputs.Outputs:
        """The stack outputs."""
        return outputs.Outputs(
            services=self.services,
            secrets=[outputs.secret(synced) for synced in self.secrets],
            databases=[],
            dashboards=[],
            versions=outputs.pinned(),
        )


@dataclass(kw_only=True)
class ForwardAuthGate:
    """Authentik in front of applications that cannot ask it themselves."""

    chain: Middleware
    callback: Endpoint
    directory: Directory
    opts: pulumi.ResourceOptions
    hosts: list[ProtectedHost] = field(default_factory=list)

    def protect(self, name: str, args: ProtectedHostArgs) -> ForwardAuth:
        """Let a group into a host; the sign-in for its route."""
        self.hosts.append(ProtectedHost(name, args, opts=self.opts))
        return ForwardAuth(chain=self.chain, callback=self.callback)


def build(configuration: Configuration) -> Platform:
    """Declare the whole platform."""
    settings, secrets = configuration.settings, configuration.secrets
    providers = Providers.of(configuration)
    mirror, replicas = settings.registry_mirror, settings.replicas
    api_server = hosts([str(address) for address in settings.cluster.node_addresses], API_SERVER_PORT)

    # Flow 1: what delivers the controllers.
    argocd = ArgoCd(
        "argocd",
        ArgoCdArgs(api_server=api_server, replicas=replicas, registry_mirror=mirror),
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
    platform = Platform(settings=settings, providers=providers, gateway=traefik.gateway, tunnel=tunnel.gateway)

    # Flows 2 and 3: identity.
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
    reachable = platform.expose(
        "authentik",
        authentik.endpoint,
        TraefikRoute(host=settings.hosts.authentik, sign_in=AppSignIn(by="Authentik")),
    )
    accounts = providers.opts(authentik_provider(configuration, ready=[authentik.ready, tls, *reachable]))
    outpost = outpost_endpoint(authentik.namespace, "homelab")
    gate = ForwardAuthGate(
        chain=ForwardAuthChain(
            "authentik-forward-auth",
            ForwardAuthChainArgs(gateway=traefik.gateway, outpost=outpost),
            opts=providers.opts(),
        ).chain,
        callback=outpost,
        directory=Directory("homelab", DirectoryArgs(), opts=accounts),
        opts=accounts,
    )

    # What people use.
    dashboard = ProtectedHostArgs(title="Traefik", host=settings.hosts.traefik, group=ADMINS, directory=gate.directory)
    sign_in = gate.protect("traefik", dashboard)
    platform.expose_dashboard("traefik", TraefikRoute(host=settings.hosts.traefik, sign_in=sign_in))
    if settings.apps.navidrome.enabled:
        _music(platform, gate)
    if settings.apps.echoserver.enabled:
        _echo(platform)
    Outpost(
        "homelab",
        OutpostArgs(hosts=gate.hosts, server=authentik.endpoint, url=settings.authentik_url, replicas=replicas),
        opts=accounts,
    )
    platform.secrets += [authentik.secret, cert_manager.secret, tunnel.secret]
    return platform


def _music(platform: Platform, gate: ForwardAuthGate) -> None:
    """Navidrome, and the page to add music with."""
    settings = platform.settings
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
        opts=platform.providers.opts(),
    )
    sign_in = gate.protect(
        "navidrome", ProtectedHostArgs(title="Navidrome", host=host, group=USERS, directory=gate.directory)
    )
    platform.expose(
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
            opts=platform.providers.opts(),
        )
        platform.expose("filebrowser", files.endpoint, TraefikRoute(host=host, path=filebrowser.PATH, sign_in=sign_in))


def _echo(platform: Platform) -> None:
    """The echo server behind the tunnel."""
    app = platform.settings.apps.echoserver
    echo = EchoServer(
        "echoserver",
        EchoServerArgs(replicas=app.replicas, registry_mirror=platform.settings.registry_mirror),
        opts=platform.providers.opts(),
    )
    public = Public(reason="it shows callers nothing but their own request")
    platform.expose("echoserver", echo.endpoint, TunnelIngress(host=platform.settings.hosts.echoserver, sign_in=public))
