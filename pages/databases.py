"""Databases: where they are, how they are backed up, and to what moment they can be restored."""

from __future__ import annotations

from collections.abc import Iterator

from components.summaries import DatabaseSummary
from doctor import kube
from pages.actors import tag_of
from pages.markdown import code, codes, page, table
from pages.platform import Platform
from policy.objects import name_of, spec_of


def databases(platform: Platform) -> str:
    """The whole page."""
    found = sorted(platform.summary.databases, key=lambda item: item.name)
    place = [
        [
            code(item.name),
            code(f"{item.namespace}/{item.cluster}"),
            code(item.service),
            tag_of(spec_of(cluster(platform, item))["imageName"]),
            str(spec_of(cluster(platform, item))["instances"]),
            f"{item.size} + {item.wal_size} of log",
        ]
        for item in found
    ]
    kept = [
        [
            code(item.name),
            code(schedule(platform, item)),
            item.retention,
            item.recovery_point,
            code(item.archive),
            codes(item.others),
        ]
        for item in found
    ]
    moments = (
        "Each is archived all the time: lost with all its volumes, it lacks at most what was written in the time of "
        "the column “at most lost”. It can be restored to any moment of the days that are kept: "
        "[restore one database](../runbooks/restore-one-database.md)."
    )
    return page(
        "Databases",
        table(["database", "cluster", "called at", "PostgreSQL", "instances", "volumes of each"], place),
        "## Backups",
        moments,
        table(["database", "whole, at (UTC)", "kept", "at most lost", "on NFS", "restored beside it"], kept),
        "## Who calls them",
        table(["cluster", "called by"], _callers(platform, found)),
    )


def cluster(platform: Platform, item: DatabaseSummary) -> kube.Object:
    """The cluster that serves a database, which says of itself what the outputs say."""
    found = platform.need("Cluster", item.cluster, item.namespace)
    spec = spec_of(found)
    platform.same(f"size of {item.cluster}", item.size, spec["storage"]["size"])
    parameters = spec["postgresql"]["parameters"]
    platform.same(f"archive_timeout of {item.cluster}", item.recovery_point, parameters["archive_timeout"])
    return found


def schedule(platform: Platform, item: DatabaseSummary) -> str:
    """When a base backup is taken: the live object says so, too."""
    backup = spec_of(platform.need("ScheduledBackup", item.cluster, item.namespace))
    # The operator's lines begin with the second.
    return platform.same(f"schedule of {item.cluster}", item.schedule, backup["schedule"].partition(" ")[2])


def readers(platform: Platform, item: DatabaseSummary) -> list[str]:
    """Who is told of a database: what reads its host, by the Secret of its cluster or by name."""
    host = item.service.partition(":")[0]
    known = {f"{item.cluster}-app", host}
    return sorted(
        {
            actor.place
            for actor in platform.actors
            for container in actor.spec["containers"]
            for variable in container.get("env") or []
            if _told(variable) & known
        }
    )


def _told(variable: dict[str, object]) -> set[str]:
    source = variable.get("valueFrom") or {}
    reference = source.get("secretKeyRef") if isinstance(source, dict) else None
    return {str(variable.get("value", "")), str((reference or {}).get("name", ""))}


def _callers(platform: Platform, found: list[DatabaseSummary]) -> Iterator[list[str]]:
    by_cluster: dict[str, set[str]] = {}
    for item in found:
        by_cluster.setdefault(name_of(cluster(platform, item)), set()).update(readers(platform, item))
    for name, callers in sorted(by_cluster.items()):
        yield [code(name), codes(sorted(callers))]
