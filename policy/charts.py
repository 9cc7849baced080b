"""What charts and controllers bring, and which rules it may break.

An object of the program declares its exemptions itself, by annotation. What a chart renders or a controller makes
cannot be annotated by us, so its exemptions stand here: by namespace and rule, with a reason. They hold for what is
found in a cluster, never for what the program declares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policy.objects import Object, namespace_of


@dataclass(frozen=True, kw_only=True)
class Brought:
    """Rules that the objects of some namespaces may break."""

    namespaces: tuple[str, ...]
    rules: tuple[str, ...]
    reason: str


_ALL: Final = ("argocd", "authentik", "cert-manager", "cnpg-system", "onepassword", "traefik", "tunnel-ingress")

BROUGHT: Final = (
    Brought(
        namespaces=("traefik",),
        rules=("no-open-ports",),
        reason="Traefik is the way in: the router forwards to its load balancer, and only Cloudflare may call it",
    ),
    Brought(
        namespaces=(*_ALL, "volsync"),
        rules=("no-service-account-token",),
        reason="controllers act through the API server, and their charts give the token to all of their pods",
    ),
    Brought(
        namespaces=tuple(name for name in _ALL if name != "cnpg-system"),
        rules=("resources",),
        reason="charts leave sizes to whoever has measured them",
    ),
    Brought(
        namespaces=("argocd", "authentik", "cert-manager", "cnpg-system", "onepassword", "tunnel-ingress", "volsync"),
        rules=("probes",),
        reason="some of their pods answer no probe: controllers, Redis, an outpost, a connector, a plugin",
    ),
    Brought(
        namespaces=("authentik", "onepassword", "tunnel-ingress"),
        rules=("read-only-root-filesystem",),
        reason="the programs write beside themselves, or what starts them sets no security context",
    ),
    Brought(
        namespaces=("onepassword", "tunnel-ingress"),
        rules=("restricted-pods",),
        reason="their namespaces enforce `baseline`, and say why in an annotation",
    ),
    Brought(
        namespaces=("csi-driver-nfs",),
        rules=("restricted-pods", "read-only-root-filesystem", "no-service-account-token", "probes"),
        reason="the driver mounts volumes on the nodes, as their root and in their network, for claims that it watches",
    ),
)
"""Every exemption of what charts bring. One that no object needs any more is refused by a test."""

MOVERS: Final = {"app.kubernetes.io/created-by": "volsync"}
"""Label of the Jobs that VolSync makes beside a volume; their account, which it makes too, has no rights."""


def is_excused(rule: str, obj: Object) -> bool:
    """Whether an object of a cluster may break a rule because of what brought it."""
    if rule == "no-service-account-token" and MOVERS.items() <= (obj["metadata"].get("labels") or {}).items():
        return True
    return any(namespace_of(obj) in item.namespaces and rule in item.rules for item in BROUGHT)
