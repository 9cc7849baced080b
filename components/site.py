"""From the configuration to what nearly every part needs of it."""

from __future__ import annotations

from components.configuration import Settings
from components.kit import Home, Site, hosts


def site_of(settings: Settings) -> Site:
    """The site that the settings describe."""
    cluster = settings.cluster
    return Site(
        home=Home(name=settings.name or ""),
        zones={domain: zone.id for domain, zone in settings.zones.items()},
        registry_mirror=settings.registry_mirror,
        replicas=settings.replicas,
        api_server=hosts(
            [str(address) for address in cluster.api_server_addresses or cluster.node_addresses],
            cluster.api_server_port,
        ),
        machines=hosts(
            list(dict.fromkeys(str(address) for address in (*cluster.node_addresses, *cluster.api_server_addresses)))
        ).cidrs,
        pod_cidrs=[str(cidr) for cidr in cluster.pod_cidr],
        dual_stack=len(cluster.service_cidr) > 1,
        dns_cache=str(cluster.dns_cache_address) if cluster.dns_cache_address else None,
        public_address=cluster.public_address,
        home_cidrs=[str(cidr) for cidr in cluster.home_cidr or ()],
        nfs=cluster.nfs,
        storage_classes=cluster.storage_classes,
        authentik_url=settings.authentik_url,
        apps={app.name: app for app in settings.apps.each()},
    )
