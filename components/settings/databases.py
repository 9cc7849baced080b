"""What a stack file says of a database: how large it is, how it is backed up, and which moments of it are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from components.settings import kinds
from components.settings.base import Checked, Model
from components.settings.text import Expected


class Restore(Model):
    """The databases of one cluster as they were at a moment, in a cluster beside it."""

    source: kinds.Moment | None = None
    """Moment of the restored cluster that it is taken from; without one, it is the original."""
    latest: bool = Field(default=False, strict=True)
    """Whether everything is taken that its archive has, to the end: so a lost cluster comes back. The moment then says
    only what the new one is called."""
    data: Literal["kept", "removable"] = "removable"
    """What becomes of it: `removable` goes with its line here, unless it serves; `kept` is protected in any case."""


class ClusterSettings(Checked):
    """A PostgreSQL cluster, its backups, and what was restored of it."""

    size: kinds.Size = "5Gi"
    """Size of the volume of its data; it can grow, and never shrink."""
    wal_size: kinds.Size = "2Gi"
    """Size of the volume of its log (WAL), which fills while nothing can be archived."""
    memory: kinds.Size = "512Mi"
    """Memory that each of its pods asks for, and may take."""
    retention: int = Field(default=30, strict=True, ge=1, le=3650)
    """Days back that it can be restored to."""
    schedule: kinds.Cron = "15 2 * * *"
    """When a base backup is taken, in UTC; what was written since is archived all the time."""
    restores: Annotated[
        dict[kinds.Moment, Restore],
        Field(max_length=20),
        Expected(expected="restored clusters by their moment, such as 2026-11-20T03:15:00Z, 20 at most"),
    ] = Field(default_factory=dict)
    """Restored clusters beside the original, by the moment that they are restored to, in UTC."""
    serving: kinds.Moment | None = None
    """Moment of the restored cluster that is used; without one, the original is."""
    original: Literal["kept", "removable", "removed"] = "kept"
    """What becomes of the cluster that everything began with, once a restored one serves: `kept` is protected;
    `removable` may be deleted by an update; `removed` is gone. Its archive stays."""

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What does not go together, by the keys that lead to it."""
        if self.serving is not None and self.serving not in self.restores:
            known = ", ".join(self.restores) or "none"
            yield ("serving",), f"expected a moment of its restores, which are {known}; got {self.serving!r}"
        if self.original == "removed" and self.serving is None:
            yield ("original",), "expected kept or removable, since it serves; got 'removed': set serving first"
        for moment, restore in self.restores.items():
            if restore.source == moment:
                yield ("restores", moment, "source"), "expected another moment or none, got its own"


class DatabaseSettings(ClusterSettings):
    """The database of an application."""

    where: Literal["own", "shared"] = "own"
    """`own` is a cluster of its own, with backups and restores of its own; `shared` a database in the cluster that all
    shared ones are in, whose settings are at `databases.shared`. What is in one of them does not move to the other."""
    size: kinds.Size = "1Gi"
    """Size of the volume of its data; it can grow, and never shrink."""

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """What does not go together, by the keys that lead to it."""
        yield from super().problems()
        if self.where == "shared" and self.restores:
            yield ("restores",), "expected none, since the shared cluster is restored as a whole, by databases.shared"


class SharedSettings(ClusterSettings):
    """The cluster that applications share."""

    data: Literal["kept", "removable"] = "kept"
    """What becomes of it: `kept` is protected; `removable` may be deleted by an update, which the one is by which the
    last of its applications leaves it. The folder of its archive stays either way."""


class DatabasesSettings(Model):
    """What all databases have in common."""

    shared: SharedSettings = SharedSettings()
    """The cluster of all databases whose `where` is `shared`; it is there once there is one."""
    archives: Literal["kept", "removable"] = "kept"
    """What becomes of the volumes by which archives are mounted: `kept` is protected; `removable` is for the update by
    which the NFS server moves. The folders stay either way."""
    metadata: Literal["automatic", "attributes", "folder"] = "automatic"
    """Where the archives, and the bucket of metrics, keep what S3 knows of an object beside its content: in extended
    `attributes` of the files, which a server of NFS 4.2 may have, or in a `folder` beside them; `automatic` goes by the
    version of NFS."""
