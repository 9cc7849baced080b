"""What charts and controllers bring, and which rules it may break.

An object of the program declares its exemptions itself, by annotation. What a chart renders or a controller makes
cannot be annotated by us, so its exemptions stand here: by namespace or label, and by rule, with a reason. They hold
for what is found in a cluster, never for what the program declares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from policy.objects import Object, labels_of, namespace_of


@dataclass(frozen=True, kw_only=True)
class Brought:
    """Rules that some objects may break: those of some namespaces, or those with some labels in whatever namespace."""

    namespaces: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    rules: tuple[str, ...]
    reason: str

    def has_brought(self, obj: Object) -> bool:
        """Whether an object is one of them."""
        labelled = bool(self.labels) and self.labels.items() <= labels_of(obj).items()
        return labelled or namespace_of(obj) in self.namespaces


_ALL: Final = ("argocd", "authentik", "cert-manager", "cnpg-system", "onepassword", "traefik", "tunnel-ingress")

OF_PROMETHEUS_OPERATOR: Final = {"app.kubernetes.io/managed-by": "prometheus-operator"}
"""Label of what the Prometheus operator makes of a Prometheus or an Alertmanager."""

OF_VOLSYNC: Final = {"app.kubernetes.io/created-by": "volsync"}
"""Label of what VolSync makes beside a volume: Jobs, their accounts, claims for what they can compute anew."""

BROUGHT: Final = (
    Brought(
        namespaces=("traefik",),
        rules=("no-open-ports",),
        reason="Traefik is the way in: the router forwards to its load balancer, and only Cloudflare may call it",
    ),
    Brought(
        namespaces=(*_ALL, "temporis", "volsync"),
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
    Brought(
        namespaces=("node-exporter",),
        rules=("restricted-pods",),
        reason="what a node does is seen in its network, among its processes and in its folders, from nowhere else",
    ),
    Brought(
        labels=OF_PROMETHEUS_OPERATOR,
        rules=("no-service-account-token",),
        reason="a Prometheus asks the API server what there is to scrape, by an account that may read only that",
    ),
    Brought(
        labels=OF_PROMETHEUS_OPERATOR,
        rules=("probes",),
        reason="the operator puts a reloader beside each of its programs, which answers no probe",
    ),
    Brought(
        labels={"app.kubernetes.io/managed-by": "cloudnative-pg"},
        rules=("no-service-account-token",),
        reason="an instance asks the API server what its cluster is to be, by an account that may read only that",
    ),
    Brought(
        labels=OF_VOLSYNC,
        rules=("no-service-account-token",),
        reason="VolSync gives each of its Jobs beside a volume an account, which has no rights",
    ),
)
"""Every exemption of what charts bring. One that no object needs any more is refused by a test."""


def is_excused(rule: str, obj: Object) -> bool:
    """Whether an object of a cluster may break a rule because of what brought it."""
    return any(rule in item.rules and item.has_brought(obj) for item in BROUGHT)
