"""From the configuration to what nearly every part needs of it."""

from __future__ import annotations

from typing import Final

from components.configuration import Settings
from components.kit import Site, hosts

API_SERVER_PORT: Final = 6443
"""Port of the API server on the nodes: pods reach it there, however its Service is numbered."""


def site_of(settings: Settings) -> Site:
    """The site that the settings describe."""
    cluster = settings.cluster
    return Site(
        zones={domain: zone.id for domain, zone in settings.zones.items()},
        registry_mirror=settings.registry_mirror,
        replicas=settings.replicas,
        api_server=hosts([str(address) for address in cluster.node_addresses], API_SERVER_PORT),
        pod_cidr=str(cluster.pod_cidr),
        public_address=str(cluster.public_address),
        nfs=cluster.nfs,
        storage_classes=cluster.storage_classes,
        authentik_url=settings.authentik_url,
        apps={app.name: app for app in settings.apps.each()},
    )
