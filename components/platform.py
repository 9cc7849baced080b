"""The platform: the order of its layers, and what each gets from which."""

from __future__ import annotations

from components.apps import Applications, ApplicationsArgs
from components.certificates import Certificates, CertificatesArgs
from components.configuration import Configuration
from components.edge import Edge, EdgeArgs
from components.gitops import GitOps, GitOpsArgs
from components.identity import ForwardAuthLayer, ForwardAuthLayerArgs, Identity, IdentityArgs, ZeroTrust, ZeroTrustArgs
from components.kit import AppPlatform, Contributions, Foundation
from components.outputs import Outputs
from components.providers import Providers
from components.secrets import Secrets, SecretsArgs
from components.site import site_of
from components.storage import Storage, StorageArgs


def build(configuration: Configuration) -> Outputs:
    """Declare the whole platform."""
    settings, given = configuration.settings, configuration.secrets
    site, contributions, providers = site_of(settings), Contributions(), Providers.of(configuration)

    gitops_args = GitOpsArgs(site=site, contributions=contributions, host=settings.hosts.argocd)
    gitops = GitOps("gitops", gitops_args, opts=providers.opts())
    secrets_args = SecretsArgs(
        site=site,
        project=gitops.project,
        vault=settings.onepassword.vault,
        connect_credentials=given.onepassword_connect_credentials,
        connect_token=given.onepassword_connect_token,
        logins={"argocd-admin": gitops.local_admin},
    )
    secrets = Secrets("secrets", secrets_args, opts=providers.opts())
    storage = Storage("storage", StorageArgs(site=site), opts=providers.opts())
    base = Foundation(
        site=site,
        contributions=contributions,
        project=gitops.project,
        store=secrets.store,
        storage=storage.local,
    )

    edge_args = EdgeArgs(
        base=base,
        account_id=settings.cloudflare.account_id,
        tunnel_token=given.cloudflare_tunnel_token,
        dashboard_host=settings.hosts.traefik,
        access_hosts=list(settings.access),
    )
    edge = Edge("edge", edge_args, opts=providers.opts())
    certificates_args = CertificatesArgs(
        base=base, acme=settings.acme, dns_token=given.cloudflare_dns_token, traefik=edge.traefik
    )
    certificates = Certificates("certificates", certificates_args, opts=providers.opts())
    identity_args = IdentityArgs(
        base=base,
        host=settings.hosts.authentik,
        api_url=settings.authentik_api_url,
        token=given.authentik_token,
        administrator_email=settings.acme.email,
        parties=[gitops.registration],
        publish=edge.publish,
        tls_ready=certificates.ready,
    )
    identity = Identity("identity", identity_args, opts=providers.opts())

    accounts = providers.opts(identity.provider)
    zero_trust_args = ZeroTrustArgs(
        base=base, shared=identity.shared, cloudflare=settings.cloudflare, hosts=settings.access
    )
    ZeroTrust("zero-trust", zero_trust_args, opts=accounts)
    platform = AppPlatform(base=base, register=identity.register)
    Applications("apps", ApplicationsArgs(apps=settings.apps.each(), platform=platform), opts=accounts)

    # From here on: what is made of the whole set.
    catalog = contributions.catalog.close()
    forward_auth_args = ForwardAuthLayerArgs(
        site=site,
        catalog=catalog,
        shared=identity.shared,
        server=identity.server,
        traefik=edge.traefik,
        security_headers=edge.middlewares.security_headers,
        compress=edge.middlewares.compress,
    )
    gate = ForwardAuthLayer("forward-auth", forward_auth_args, opts=accounts).gate
    edge.publish_all(catalog, gate)
    return Outputs.of([identity.entry, *catalog], contributions.secrets.close())
