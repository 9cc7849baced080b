"""The stack outputs: what the documentation is made of, and what a user asks `pulumi stack output` for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import pulumi

from components import versions
from components.kit import CatalogEntry, Internal, SyncedSecret


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
class Outputs:
    """Everything that the stack exports, each field under its own name."""

    services: Sequence[Service]
    secrets: Sequence[SecretReference]
    gitops: dict[str, object]
    """Argo CD's projects, the address that GitHub is told, and the repository of the developers, if there is one."""
    versions: dict[str, str]
    """Version of every chart and tag of every image, by name."""

    @classmethod
    def of(
        cls, catalog: Iterable[CatalogEntry], secrets: Iterable[SyncedSecret], gitops: Mapping[str, object]
    ) -> Outputs:
        """Those of a platform with this catalog, these secrets, and what its delivery says of itself."""
        return cls(
            services=[service(entry) for entry in catalog],
            secrets=[secret(item) for item in secrets],
            gitops=dict(gitops),
            versions=pinned(),
        )

    def export(self) -> None:
        """Make them the outputs of the running stack."""
        for field in fields(self):
            value = getattr(self, field.name)
            plain = [asdict(item) if isinstance(item, Service | SecretReference) else item for item in value]
            pulumi.export(field.name, value if isinstance(value, dict) else plain)


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


def pinned() -> dict[str, str]:
    """Every pin's version, by the chart's or image's name."""
    return {
        (pin.name if isinstance(pin, versions.Chart) else pin.repository): (
            pin.version if isinstance(pin, versions.Chart) else pin.tag
        )
        for pin in versions.pins().values()
    }
