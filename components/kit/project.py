"""Argo CD's project for controllers: what charts may bring is what the charts that are there say they bring."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import pulumi

from components.kit.namespace import Namespace
from components.versions import Chart

IN_CLUSTER: Final = "https://kubernetes.default.svc"
"""How Argo CD calls the cluster that it runs in."""


class Kind(NamedTuple):
    """A kind of object, as an Argo CD project names it: by group, empty for the core ones, whatever its version."""

    group: str
    kind: str


RBAC: Final = "rbac.authorization.k8s.io"

CONFIG_MAP: Final = Kind("", "ConfigMap")
SECRET: Final = Kind("", "Secret")
SERVICE: Final = Kind("", "Service")
SERVICE_ACCOUNT: Final = Kind("", "ServiceAccount")
DAEMON_SET: Final = Kind("apps", "DaemonSet")
DEPLOYMENT: Final = Kind("apps", "Deployment")
STATEFUL_SET: Final = Kind("apps", "StatefulSet")
JOB: Final = Kind("batch", "Job")
DISRUPTION_BUDGET: Final = Kind("policy", "PodDisruptionBudget")
ROLE: Final = Kind(RBAC, "Role")
ROLE_BINDING: Final = Kind(RBAC, "RoleBinding")
SERVICE_MONITOR: Final = Kind("monitoring.coreos.com", "ServiceMonitor")

CERTIFICATE: Final = Kind("cert-manager.io", "Certificate")
ISSUER: Final = Kind("cert-manager.io", "Issuer")

CLUSTER_ROLE: Final = Kind(RBAC, "ClusterRole")
CLUSTER_ROLE_BINDING: Final = Kind(RBAC, "ClusterRoleBinding")
CRD: Final = Kind("apiextensions.k8s.io", "CustomResourceDefinition")
CSI_DRIVER: Final = Kind("storage.k8s.io", "CSIDriver")
INGRESS_CLASS: Final = Kind("networking.k8s.io", "IngressClass")
MUTATING_WEBHOOK: Final = Kind("admissionregistration.k8s.io", "MutatingWebhookConfiguration")
VALIDATING_WEBHOOK: Final = Kind("admissionregistration.k8s.io", "ValidatingWebhookConfiguration")


@dataclass(frozen=True, kw_only=True)
class Brings:
    """What a chart brings with the program's values, as rendering it shows; whatever else it brought is refused."""

    namespaced: Sequence[Kind]
    cluster_wide: Sequence[Kind] = ()
    also_into: Sequence[str] = ()
    """Namespaces beside its own that it puts something into."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One chart on its way: from where, what, and into which namespace."""

    charts: Sequence[Chart]
    namespace: str
    brings: Brings


@dataclass(frozen=True, kw_only=True)
class ArgoProject:
    """An Argo CD project, by reference: its Applications may bring what they say here, and nothing else."""

    namespace: Namespace
    """Argo CD's own, which its Applications are in too."""
    name: str
    ready: pulumi.Resource
    """Done when Argo CD runs and the project exists."""
    deliveries: list[Delivery] = field(default_factory=list)
    """Every Application of it says here what it brings: `permissions` of all of them are the project's."""


def permissions(deliveries: Iterable[Delivery]) -> dict[str, Any]:
    """The part of an AppProject's spec that permits exactly these deliveries."""
    every = list(deliveries)
    return {
        "sourceRepos": sorted({chart.repository for each in every for chart in each.charts}),
        "destinations": [
            {"server": IN_CLUSTER, "namespace": namespace}
            for namespace in sorted({name for each in every for name in (each.namespace, *each.brings.also_into)})
        ],
        "clusterResourceWhitelist": _listed(kind for each in every for kind in each.brings.cluster_wide),
        "namespaceResourceWhitelist": _listed(kind for each in every for kind in each.brings.namespaced),
    }


def _listed(kinds: Iterable[Kind]) -> list[dict[str, str]]:
    return [kind._asdict() for kind in sorted(set(kinds))]
