"""The stack outputs: what the documentation is made of, and what a user asks `pulumi stack output` for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.kit import (
    CatalogEntry,
    Contributions,
    Folder,
    Internal,
    MetricsTarget,
    Oidc,
    Pods,
    Public,
    SyncedSecret,
)
from components.summaries import (
    DatabaseSummary,
    GitOpsSummary,
    NfsFolder,
    SecretReference,
    Service,
    Summary,
    TargetSummary,
    VolumeSummary,
)

RUNBOOKS: Final = "docs/runbooks"
OF_A_HOST: Final = "host-from-tunnel-to-traefik.md"
OF_SIGN_IN: Final = "authentik-unreachable.md"
OF_A_DATABASE: Final = ("restore-one-database.md", "rotate-database-password.md", "disk-full.md")
OF_A_VOLUME: Final = ("files-of-an-application.md", "volumes.md")


@dataclass(frozen=True, kw_only=True)
class Outputs(Summary):
    """Everything that the stack exports, made of what the layers have handed in."""

    @classmethod
    def of(cls, catalog: Iterable[CatalogEntry], contributions: Contributions, gitops: GitOpsSummary) -> Outputs:
        """Those of a platform with this catalog, these contributions, and what its delivery says of itself."""
        databases, volumes = list(contributions.databases.close()), list(contributions.volumes.close())
        return cls(
            services=[service(entry, databases=databases, volumes=volumes) for entry in catalog],
            secrets=[secret(item) for item in contributions.secrets.close()],
            databases=databases,
            folders=folders(contributions.folders.close()),
            volumes=volumes,
            backups=list(contributions.backups.close()),
            certificates=list(contributions.certificates.close()),
            access=list(contributions.access.close()),
            targets=[target(item) for item in contributions.metrics.close()],
            dashboards=list(contributions.dashboards.close()),
            gitops=gitops,
            figures=list(contributions.figures.close()),
            versions=pinned(),
        )

    def export(self) -> None:
        """Make them the outputs of the running stack."""
        for field in fields(self):
            pulumi.export(field.name, _plain(getattr(self, field.name)))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return dict(value) if isinstance(value, Mapping) else [asdict(item) for item in value]


def service(
    entry: CatalogEntry, *, databases: Iterable[DatabaseSummary] = (), volumes: Iterable[VolumeSummary] = ()
) -> Service:
    """The row of a service in the table that `make up` prints, and what the pages say of it."""
    exposure = entry.exposure
    place = entry.namespace.name
    signed_in = not isinstance(exposure, Internal) and not isinstance(exposure.sign_in, Public)
    runbooks = [
        *entry.runbooks,
        *([OF_SIGN_IN] if signed_in else []),
        *([OF_A_HOST] if exposure.way in ("traefik", "tunnel") else []),
        *(OF_A_DATABASE if any(item.name == entry.name for item in databases) else ()),
        *(OF_A_VOLUME if any(_is_of(item, entry) for item in volumes) else ()),
    ]
    return Service(
        name=entry.name,
        title=entry.title,
        description=entry.description,
        url=entry.url,
        exposure=exposure.way,
        sign_in="none (internal)" if isinstance(exposure, Internal) else exposure.sign_in.description,
        groups=_groups(entry),
        namespace=place,
        address=entry.endpoint.address if entry.endpoint else "",
        beside=list(entry.beside),
        runbooks=[f"{RUNBOOKS}/{page}" for page in dict.fromkeys(runbooks)],
    )


def _is_of(volume: VolumeSummary, entry: CatalogEntry) -> bool:
    """Whether a volume is a service's: claims begin with the name of what they are for."""
    return volume.namespace == entry.namespace.name and volume.claim.startswith(f"{entry.name}-")


def _groups(entry: CatalogEntry) -> list[str]:
    """Who is let in."""
    if isinstance(entry.exposure, Internal) or isinstance(entry.exposure.sign_in, Public):
        return []
    sign_in = entry.exposure.sign_in
    return list(sign_in.groups) if isinstance(sign_in, Oidc) else [sign_in.group]


def secret(synced: SyncedSecret) -> SecretReference:
    """A synced Secret by name."""
    return SecretReference(name=synced.name, namespace=synced.namespace.name, keys=sorted(synced.keys))


def target(item: MetricsTarget) -> TargetSummary:
    """What is scraped, and how often."""
    place = item.pods.namespace.name if isinstance(item.pods, Pods) else item.pods.namespace
    return TargetSummary(name=item.name, namespace=place, interval=item.interval)


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
