"""The stack outputs: what the documentation is made of, and what a user asks `pulumi stack output` for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import pulumi

from components import versions
from components.kit import CatalogEntry, Contributions, DatabaseSummary, Folder, Internal, SyncedSecret


@dataclass(frozen=True, kw_only=True)
class Service:
    """One thing that people open."""

    name: str
    url: str
    exposure: str
    """`traefik`, `tunnel`, `access` or `internal`."""
    sign_in: str
    namespace: str


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
class Outputs:
    """Everything that the stack exports, each field under its own name."""

    services: Sequence[Service]
    secrets: Sequence[SecretReference]
    databases: Sequence[DatabaseSummary]
    folders: Sequence[NfsFolder]
    gitops: dict[str, object]
    """Argo CD's projects, the address that GitHub is told, and the repository of the developers, if there is one."""
    versions: dict[str, str]
    """Version of every chart and tag of every image, by name."""

    @classmethod
    def of(cls, catalog: Iterable[CatalogEntry], contributions: Contributions, gitops: Mapping[str, object]) -> Outputs:
        """Those of a platform with this catalog, these contributions, and what its delivery says of itself."""
        return cls(
            services=[service(entry) for entry in catalog],
            secrets=[secret(item) for item in contributions.secrets.close()],
            databases=contributions.databases.close(),
            folders=folders(contributions.folders.close()),
            gitops=dict(gitops),
            versions=pinned(),
        )

    def export(self) -> None:
        """Make them the outputs of the running stack."""
        for field in fields(self):
            value = getattr(self, field.name)
            pulumi.export(field.name, value if isinstance(value, dict) else [asdict(item) for item in value])


def service(entry: CatalogEntry) -> Service:
    """The row of a service in the table that `make up` prints."""
    exposure = entry.exposure
    return Service(
        name=entry.name,
        url=entry.url,
        exposure=exposure.way,
        sign_in="none (internal)" if isinstance(exposure, Internal) else exposure.sign_in.description,
        namespace=entry.namespace.name,
    )


def secret(synced: SyncedSecret) -> SecretReference:
    """A synced Secret by name."""
    return SecretReference(name=synced.name, namespace=synced.namespace.name, keys=sorted(synced.keys))


def folders(needed: Iterable[Folder]) -> list[NfsFolder]:
    """Every folder once, with all who write there."""
    users: dict[str, set[int]] = {}
    for folder in needed:
        users.setdefault(folder.path, set()).update([] if folder.user is None else [folder.user])
    return [NfsFolder(path=path, users=sorted(users[path])) for path in sorted(users)]


def pinned() -> dict[str, str]:
    """Every pin's version, by the chart's or image's name."""
    return {
        (pin.name if isinstance(pin, versions.Chart) else pin.repository): (
            pin.version if isinstance(pin, versions.Chart) else pin.tag
        )
        for pin in versions.pins().values()
    }
