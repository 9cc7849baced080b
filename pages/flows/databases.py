"""Flow 8: from an application to its database, and from there to the archive."""

from __future__ import annotations

from components.summaries import DatabaseSummary
from doctor import kube
from pages.actors import Actor, tag_of
from pages.databases import cluster, readers
from pages.errors import PagesError
from pages.mermaid import Diagram
from pages.platform import Platform
from policy.objects import spec_of


def archive(platform: Platform, item: DatabaseSummary) -> tuple[kube.Object, Actor]:
    """The ObjectStore of a database, and the gateway that it leads to.

    Raises:
        PagesError: the cluster archives nowhere.
    """
    plugins = [each for each in spec_of(cluster(platform, item)).get("plugins") or [] if each.get("isWALArchiver")]
    if not plugins:
        message = f"Cluster {item.namespace}/{item.cluster}: looked for its archive, and it has none"
        raise PagesError(message)
    store = platform.need("ObjectStore", plugins[0]["parameters"]["barmanObjectName"], item.namespace)
    platform.same(f"retention of {item.name}", item.retention, spec_of(store)["retentionPolicy"])
    return store, platform.answering(spec_of(store)["configuration"]["endpointURL"])[0]


def flow(platform: Platform) -> str:
    """The section."""
    diagram = Diagram()
    for item in sorted(platform.summary.databases, key=lambda each: each.name):
        spec = spec_of(cluster(platform, item))
        store, gateway = archive(platform, item)
        key = diagram.node(
            f"{item.namespace}/{item.cluster}",
            f"Cluster {item.namespace}/{item.cluster}",
            f"PostgreSQL {tag_of(spec['imageName'])}",
            f"{spec['instances']} instances, {item.size}",
            *spec["postgresql"].get("shared_preload_libraries", ()),
            shape="store",
        )
        for reader in readers(platform, item):
            diagram.node(reader, reader)
            diagram.edge(reader, key, f"Service {item.service.partition('.')[0]}", "port " + item.service.split(":")[1])
        diagram.node(gateway.place, f"gateway {gateway.place}", gateway.version)
        name = store["metadata"]["name"]
        diagram.edge(key, gateway.place, f"log within {item.recovery_point}", f"whole {item.schedule}", name)
        folder = diagram.node(item.archive, f"NFS {item.archive}", f"{item.retention} back", shape="store")
        diagram.edge(gateway.place, folder)
    return "\n\n".join(["## 8. Databases", str(diagram)])
