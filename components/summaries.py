"""What the platform says of itself in its stack outputs: names, places and figures, and nothing secret.

The layers hand these in as they are built, the program exports them, and `pages` reads them back. This module imports
no SDK: what only reads a stack starts without one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Service:
    """One thing that people open."""

    name: str
    title: str
    description: str
    """What it is, in a sentence."""
    url: str
    exposure: str
    """`traefik`, `tunnel`, `access` or `internal`."""
    sign_in: str
    groups: Sequence[str]
    """Who is let in, by groups in Authentik; none where nobody is asked."""
    namespace: str
    address: str
    """Where it is called inside the cluster, `host:port`; empty for what has no Service."""
    beside: Sequence[str]
    """Other workloads of its namespace that work for it, where other services share it."""
    runbooks: Sequence[str]
    """What to do about it, as files of the repository."""


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """A secret by its name: where it is, never what it is."""

    name: str
    namespace: str
    keys: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class NfsFolder:
    """A folder that has to exist on the NFS server."""

    path: str
    """Absolute path on the server."""
    users: Sequence[int]
    """User ids that write there; none, if it is only read."""


@dataclass(frozen=True, kw_only=True)
class DatabaseSummary:
    """What people look up of a database: where it is and how it is backed up."""

    name: str
    cluster: str
    """The cluster that serves it."""
    namespace: str
    """Namespace of the cluster."""
    service: str
    """Where it is called: `host:port` inside the cluster."""
    size: str
    """Size of the volume of its data, as a Kubernetes quantity."""
    wal_size: str
    """Size of the volume of its log."""
    archive: str
    """Folder on the NFS server that has its backups."""
    schedule: str
    """When a base backup is taken: minute, hour, day, month and weekday, in UTC."""
    retention: str
    """How far back it can be restored to, in days: `30d`."""
    recovery_point: str
    """How much can be lost at most when its volumes are, in PostgreSQL's notation: `5min`."""
    others: Sequence[str]
    """Clusters that are there beside the one that serves it."""


class Place(StrEnum):
    """Where a volume lies."""

    NODE = "node"
    """On a node's own disk."""
    SHARED = "shared"
    """On the NFS server, in a folder that is made for it."""
    FOLDER = "folder"
    """On the NFS server, in a folder that others may use too."""


@dataclass(frozen=True, kw_only=True)
class VolumeSummary:
    """A volume that the program claims."""

    namespace: str
    claim: str
    """Name of the claim."""
    holds: str
    """What is in it."""
    place: Place
    size: str
    """Kubernetes quantity; NFS enforces none."""
    folder: str = ""
    """Absolute path on the NFS server, if it is a folder of it."""


@dataclass(frozen=True, kw_only=True)
class BackupSummary:
    """How a volume is backed up."""

    namespace: str
    claim: str
    """Name of the claim of what is backed up."""
    schedule: str
    """Cron line, in UTC."""
    check: str
    """When what was written is looked through, as a cron line in UTC; empty if it is read as it is written."""
    folder: str
    """Absolute path on the NFS server, or the address of a bucket outside the house."""
    kept: str
    """What is kept of it."""


@dataclass(frozen=True, kw_only=True)
class CertificateSummary:
    """A certificate that is ordered."""

    namespace: str
    name: str
    """Of the Certificate, and of the Secret that it is kept in."""
    names: Sequence[str]
    """Hosts that it is for."""
    issuer: str
    renew_before: str
    """How long before its end it is renewed: `720h`."""


@dataclass(frozen=True, kw_only=True)
class AccessSummary:
    """A host behind Cloudflare Access."""

    host: str
    target: str
    """What the tunnel leads to."""
    group: str
    """Who is let in, by group in Authentik."""
    session: str
    """How long one is signed in: `8h`."""


@dataclass(frozen=True, kw_only=True)
class TargetSummary:
    """Something that metrics are collected from."""

    name: str
    """Label `job` of its series."""
    namespace: str
    """Where its pods are."""
    interval: int
    """Seconds between two scrapes."""


@dataclass(frozen=True, kw_only=True)
class DashboardSummary:
    """A dashboard of Grafana's."""

    uid: str
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class GitOpsSummary:
    """How workloads are delivered."""

    projects: Sequence[str]
    """Argo CD's projects."""
    webhook: str
    """Address that GitHub is told, to say at once that something was pushed."""
    polling: int
    """Seconds between two looks at Git and at the charts' repositories."""
    repository: str = ""
    """Repository of the developers, and the folder in it; empty if there is none."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A setting of some part that people look up."""

    name: str
    """`<part>-<what>`, in lower case with dashes."""
    value: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """All stack outputs, each field under its own name."""

    services: Sequence[Service]
    secrets: Sequence[SecretReference]
    databases: Sequence[DatabaseSummary]
    folders: Sequence[NfsFolder]
    volumes: Sequence[VolumeSummary]
    backups: Sequence[BackupSummary]
    certificates: Sequence[CertificateSummary]
    access: Sequence[AccessSummary]
    targets: Sequence[TargetSummary]
    dashboards: Sequence[DashboardSummary]
    gitops: GitOpsSummary
    figures: Sequence[Figure]
    versions: Mapping[str, str]
    """Version of every chart and tag of every image, by name."""
