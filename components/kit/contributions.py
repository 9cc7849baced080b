"""What the layers hand in while they are built, for what is made of the whole set at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from components.kit.exposure import CatalogEntry
from components.kit.metrics import MetricsTarget
from components.kit.secret import SyncedSecret
from components.summaries import (
    AccessSummary,
    BackupSummary,
    CertificateSummary,
    DashboardSummary,
    DatabaseSummary,
    Figure,
    VolumeSummary,
)

T = TypeVar("T")


class LateContributionError(RuntimeError):
    """Something was handed in after the whole had been made: it would be missing there without a word."""


class Collection(Generic[T]):
    """Takes contributions until it is closed."""

    def __init__(self) -> None:
        self._items: list[T] = []
        self._closed = False

    def add(self, *items: T) -> None:
        """Hand them in.

        Raises:
            LateContributionError: the collection is closed.
        """
        if self._closed:
            message = f"{', '.join(map(repr, items))} handed in after the end: add it while its layer is built"
            raise LateContributionError(message)
        self._items += items

    def close(self) -> Sequence[T]:
        """All of them, in the order in which they were handed in; from here on none may follow."""
        self._closed = True
        return tuple(self._items)


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder of the NFS server that has to exist before it is mounted."""

    path: str
    """Absolute path on the server."""
    user: int | None
    """User id that writes there; None for what is only read."""


@dataclass(frozen=True, kw_only=True)
class Contributions:
    """One collection for each thing that is made of the whole set."""

    catalog: Collection[CatalogEntry] = field(default_factory=Collection)
    """What people open: routes, records, forward auth and the table of services are made of it."""
    secrets: Collection[SyncedSecret] = field(default_factory=Collection)
    """Secrets that come from the vault, for the outputs."""
    databases: Collection[DatabaseSummary] = field(default_factory=Collection)
    """Databases with their backups, for the outputs."""
    metrics: Collection[MetricsTarget] = field(default_factory=Collection)
    """What has metrics: monitors and permitted calls are made of it."""
    folders: Collection[Folder] = field(default_factory=Collection)
    """Folders of the NFS server that somebody has to make, for the outputs."""
    volumes: Collection[VolumeSummary] = field(default_factory=Collection)
    """Volumes that hold something, for the outputs."""
    backups: Collection[BackupSummary] = field(default_factory=Collection)
    """How volumes are backed up, for the outputs."""
    certificates: Collection[CertificateSummary] = field(default_factory=Collection)
    """Certificates that are ordered, for the outputs."""
    access: Collection[AccessSummary] = field(default_factory=Collection)
    """Hosts behind Cloudflare Access, for the outputs."""
    dashboards: Collection[DashboardSummary] = field(default_factory=Collection)
    """Grafana's dashboards, for the outputs."""
    figures: Collection[Figure] = field(default_factory=Collection)
    """Settings that people look up, for the outputs."""
