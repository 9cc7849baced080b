"""The stack outputs: what the documentation is made of, and what a user asks `pulumi stack output` for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

import pulumi

from components import versions
from components.kit import AccessExposure, Exposure, Internal, SyncedSecret, TraefikRoute, TunnelIngress
from components.kit.exposure import describe


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
    databases: Sequence[str]
    """Database clusters, as `namespace/name`."""
    dashboards: Sequence[str]
    """Grafana dashboards, by title."""
    versions: dict[str, str]
    """Version of every chart and tag of every image, by name."""

    def export(self) -> None:
        """Make them the outputs of the running stack."""
        for field in fields(self):
            value = getattr(self, field.name)
            plain = [asdict(item) if isinstance(item, Service | SecretReference) else item for item in value]
            pulumi.export(field.name, value if isinstance(value, dict) else plain)


_BY_WAY_OF: Final[Mapping[type[Exposure], str]] = {
    TraefikRoute: "traefik",
    TunnelIngress: "tunnel",
    AccessExposure: "access",
}


def service(name: str, namespace: str, exposure: Exposure) -> Service:
    """The row of a service in the table that `make up` prints."""
    if isinstance(exposure, Internal):
        return Service(name=name, url="", exposure="internal", sign_in="none (internal)", namespace=namespace)
    path = exposure.path if isinstance(exposure, TraefikRoute) else "/"
    return Service(
        name=name,
        url=f"https://{exposure.host}{path.rstrip('/')}",
        exposure=_BY_WAY_OF[type(exposure)],
        sign_in=describe(exposure.sign_in),
        namespace=namespace,
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
