"""Flow 10: what is backed up, when, to where, and for how long; and what lies on NFS from the beginning."""

from __future__ import annotations

from components.summaries import Place
from pages import places
from pages.databases import schedule
from pages.flows.databases import archive
from pages.markdown import code, table
from pages.mermaid import Diagram
from pages.platform import Platform
from policy.objects import spec_of


def flow(platform: Platform) -> str:
    """The section."""
    diagram = Diagram()
    summary = platform.summary
    for database in sorted(summary.databases, key=lambda each: each.name):
        _, gateway = archive(platform, database)
        name = f"{database.namespace}/{database.cluster}"
        key = diagram.node(f"database {name}", f"Cluster {name}", shape="store")
        diagram.node(f"nfs {database.archive}", database.archive, group="NFS", shape="store")
        label = (f"log within {database.recovery_point}", f"whole {schedule(platform, database)}", gateway.place)
        diagram.edge(key, f"nfs {database.archive}", *label)
    volumes = {(item.namespace, item.claim): item for item in summary.volumes}
    for backup in sorted(summary.backups, key=lambda each: (each.namespace, each.claim)):
        volume = places.volume(platform, volumes[backup.namespace, backup.claim])
        key = diagram.node(f"claim {volume.claim}", f"{volume.namespace}/{volume.claim}", volume.size, shape="store")
        how = _how(platform, backup.namespace, backup.claim, backup.schedule)
        diagram.node(f"nfs {backup.folder}", backup.folder, group="NFS", shape="store")
        diagram.edge(key, f"nfs {backup.folder}", how, f"at {backup.schedule}", backup.kept)
    rows = []
    for item in sorted(summary.volumes, key=lambda each: (each.namespace, each.claim)):
        found = places.backup_of(platform, places.volume(platform, item))
        if item.place is Place.FOLDER and not item.holds.startswith(("backups", "archive")):
            for actor in (each for each in platform.actors if item.claim in each.claims()):
                diagram.node(f"pod {actor.place}", f"{actor.kind} {actor.place}")
                diagram.node(f"nfs {item.folder}", item.folder, group="NFS", shape="store")
                diagram.edge(f"pod {actor.place}", f"nfs {item.folder}", f"{item.holds}, {item.size}", "directly")
        rows.append(
            [
                code(item.namespace),
                code(item.claim),
                item.holds,
                item.size,
                places.where(item),
                f"{code(found.schedule)}, {found.kept}" if found else "",
            ]
        )
    head = ["namespace", "volume", "what", "size", "where", "backup (UTC)"]
    return "\n\n".join(["## 10. Backups", str(diagram), "### Volumes", table(head, rows)])


def _how(platform: Platform, namespace: str, claim: str, said: str) -> str:
    """What makes a backup: VolSync, or a job of the application's own; either has the schedule of the outputs."""
    for source in platform.within("ReplicationSource", namespace):
        if spec_of(source)["sourcePVC"] == claim:
            platform.same(f"schedule of {claim}", said, spec_of(source)["trigger"]["schedule"])
            return "VolSync"
    for job in platform.within("CronJob", namespace):
        if spec_of(job)["schedule"] == said:
            return f"CronJob {job['metadata']['name']}"
    platform.need("ReplicationSource", claim, namespace)
    return ""
