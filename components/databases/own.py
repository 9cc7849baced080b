"""A database in a cluster of its own, with whatever was restored of it beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pulumi

from components.databases.archive import Archive, ArchiveArgs
from components.databases.cluster import (
    ARCHIVE_TIMEOUT,
    Origin,
    PostgresCluster,
    PostgresClusterArgs,
    instances_metrics,
)
from components.databases.operator import Operator, Plugin
from components.kit import Database, DatabaseRequest, Foundation, SecretKey, keeps_attributes
from components.kit.database import CLUSTER_KEYS
from components.kit.userinput import restored
from components.settings import ClusterSettings, DatabasesSettings
from components.summaries import DatabaseSummary

REMOVABLE_REASON: Final = "the stack file says that this cluster is removable"
MOVING_REASON: Final = (
    "the stack file says that archives are removable: it is a volume that leads to a folder, which stays"
)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What every cluster stands on."""

    base: Foundation
    operator: Operator
    plugin: Plugin
    settings: DatabasesSettings

    @property
    def unprotected_reason(self) -> str:
        """Why an update may delete an archive's volume; nothing means that it is protected."""
        return MOVING_REASON if self.settings.archives == "removable" else ""

    @property
    def attributes(self) -> bool:
        """Whether archives keep what S3 knows of an object in attributes of its file."""
        return keeps_attributes(self.base.site.nfs, self.settings.metadata)


class Wanted(NamedTuple):
    """One cluster among those of a database."""

    name: str
    origin: Origin | None
    unprotected_reason: str


def cluster_name(original: str, moment: str | None) -> str:
    """Name of the cluster that is restored to a moment, or of the original."""
    return original if moment is None else restored(original, moment)


def wanted(original: str, settings: ClusterSettings, unprotected_reason: str) -> Iterator[Wanted]:
    """Every cluster that there is to be of a database: the original, and what is restored."""
    if settings.original != "removed":
        reason = REMOVABLE_REASON if settings.original == "removable" else ""
        yield Wanted(original, None, unprotected_reason or reason)
    for moment, restore in settings.restores.items():
        origin = Origin(source=cluster_name(original, restore.source), moment=None if restore.latest else moment)
        kept = restore.data == "kept" or settings.serving == moment
        yield Wanted(cluster_name(original, moment), origin, unprotected_reason or ("" if kept else REMOVABLE_REASON))


@dataclass(frozen=True, kw_only=True)
class Served:
    """A database's clusters, and the one among them that is used."""

    cluster: PostgresCluster
    name: str
    summary: DatabaseSummary


def serve(
    request: DatabaseRequest,
    ground: Ground,
    *,
    parent: pulumi.Resource,
    roles: Sequence[Mapping[str, Any]] = (),
    host_rules: Sequence[str] = (),
    needs: Sequence[pulumi.Resource] = (),
) -> Served:
    """Archive and clusters of a database, below `parent`, and their metrics."""
    opts = pulumi.ResourceOptions(parent=parent)
    original, settings = f"{request.name}-db", request.settings
    archive = Archive(
        f"{request.name}-archive",
        ArchiveArgs(
            base=ground.base,
            namespace=request.namespace,
            owner=request.name,
            bucket=original,
            retention=settings.retention,
            attributes=ground.attributes,
            plugin=ground.plugin.ready,
            unprotected_reason=request.unprotected_reason or ground.unprotected_reason,
        ),
        opts=opts,
    )
    clusters = {
        item.name: PostgresCluster(
            item.name,
            PostgresClusterArgs(
                base=ground.base,
                request=request,
                operator=ground.operator,
                archive=archive,
                origin=item.origin,
                roles=roles,
                host_rules=host_rules,
                needs=needs,
                unprotected_reason=item.unprotected_reason,
            ),
            opts=opts,
        )
        for item in wanted(original, settings, request.unprotected_reason)
    }
    ground.base.contributions.metrics.add(instances_metrics(request.namespace))
    name = cluster_name(original, settings.serving)
    cluster = clusters[name]
    summary = DatabaseSummary(
        name=request.name,
        cluster=name,
        namespace=request.namespace.name,
        service=cluster.endpoint.address,
        size=settings.size,
        wal_size=settings.wal_size,
        archive=archive.folder,
        schedule=settings.schedule,
        retention=f"{settings.retention}d",
        recovery_point=ARCHIVE_TIMEOUT,
        others=[other for other in clusters if other != name],
    )
    return Served(cluster=cluster, name=name, summary=summary)


def own_database(request: DatabaseRequest, ground: Ground, *, parent: pulumi.Resource) -> Database:
    """A database in a cluster of its own, known by the Secret that the operator makes."""
    served = serve(request, ground, parent=parent)
    ground.base.contributions.databases.add(served.summary)
    cluster = served.cluster
    return Database(
        name=served.name,
        endpoint=cluster.endpoint,
        ready=cluster.resource,
        values={key: SecretKey(secret=cluster.secret, key=key, synced=cluster.resource) for key in CLUSTER_KEYS},
    )
