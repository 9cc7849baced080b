"""The platform: the order of its layers, and what each gets from which."""

from __future__ import annotations

from components.apps import Applications, ApplicationsArgs
from components.backups import Backups, BackupsArgs
from components.certificates import Certificates, CertificatesArgs
from components.configuration import Configuration
from components.databases import Databases, DatabasesArgs
from components.edge import Edge, EdgeArgs
from components.foundation import found
from components.gitops import GitDelivery, GitDeliveryArgs
from components.identity import ForwardAuthLayer, ForwardAuthLayerArgs, Identity, IdentityArgs, ZeroTrust, ZeroTrustArgs
from components.kit import AppPlatform, keeps_attributes
from components.monitoring import Monitoring, MonitoringArgs
from components.outputs import Outputs
from components.providers import Providers


def build(configuration: Configuration) -> Outputs:
    """Declare the whole platform."""
    settings, given = configuration.settings, configuration.secrets
    providers = Providers.of(configuration)
    founded = found(configuration, providers)
    base, gitops = founded.base, founded.gitops
    edge_args = EdgeArgs(
        base=base,
        account_id=settings.cloudflare.account_id,
        tunnel_token=given.cloudflare_tunnel_token,
        dashboard_host=settings.hosts.traefik,
        access_hosts=list(settings.access),
    )
    edge = Edge("edge", edge_args, opts=providers.opts())
    delivery_args = GitDeliveryArgs(
        base=base, argocd=gitops, traefik=edge.traefik, public_chain=edge.middlewares.public, settings=settings.gitops
    )
    delivery = GitDelivery("argocd", delivery_args, opts=providers.opts())
    certificates_args = CertificatesArgs(
        base=base, acme=settings.acme, dns_token=given.cloudflare_dns_token, traefik=edge.traefik
    )
    certificates = Certificates("certificates", certificates_args, opts=providers.opts())
    databases_args = DatabasesArgs(
        base=base,
        settings=settings.databases,
        tenants=settings.apps.with_shared_database(),
        cert_manager=certificates.cert_manager,
    )
    databases = Databases("databases", databases_args, opts=providers.opts())
    identity_args = IdentityArgs(
        base=base,
        host=settings.hosts.authentik,
        api_url=settings.authentik_api_url,
        token=given.authentik_token,
        administrator_email=settings.acme.email,
        database=databases.create,
        database_settings=settings.authentik.database,
        parties=[gitops.registration],
        publish=edge.publish,
        tls_ready=certificates.ready,
    )
    identity = Identity("identity", identity_args, opts=providers.opts())
    zero_trust_args = ZeroTrustArgs(
        base=base, shared=identity.shared, cloudflare=settings.cloudflare, hosts=settings.access
    )
    ZeroTrust("zero-trust", zero_trust_args, opts=providers.opts())
    backups = Backups("backups", BackupsArgs(base=base, settings=settings.backups), opts=providers.opts())
    monitoring_args = MonitoringArgs(
        base=base,
        ground=founded.monitoring,
        settings=settings.monitoring,
        hosts=settings.hosts,
        cluster=settings.cluster.identifier or settings.cluster.context,
        attributes=keeps_attributes(base.site.nfs, settings.databases.metadata),
        register=identity.register,
        traefik=edge.https,
    )
    monitoring = Monitoring("monitoring", monitoring_args, opts=providers.opts())
    platform = AppPlatform(base=base, register=identity.register, database=databases.create, back_up=backups.back_up)
    Applications("apps", ApplicationsArgs(apps=settings.apps.each(), platform=platform), opts=providers.opts())

    # From here on: what is made of the whole set.
    catalog = base.contributions.catalog.close()
    forward_auth_args = ForwardAuthLayerArgs(
        site=base.site,
        catalog=catalog,
        shared=identity.shared,
        server=identity.server,
        traefik=edge.traefik,
        security_headers=edge.middlewares.security_headers,
        compress=edge.middlewares.compress,
    )
    gate = ForwardAuthLayer("forward-auth", forward_auth_args, opts=providers.opts()).gate
    edge.publish_all(catalog, gate)
    monitoring.watch([identity.entry, *catalog])
    return Outputs.of([identity.entry, *catalog], base.contributions, delivery.summary)
