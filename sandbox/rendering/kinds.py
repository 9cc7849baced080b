"""Kinds of objects: in which order they are applied, where they live, and which cannot be without containers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

FIRST: Final = (
    "Namespace",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Deployment",
    "StatefulSet",
    "Job",
)
"""The order in which kinds are applied, as Helm and Argo CD have it; any other kind comes after these."""
CLUSTER_WIDE: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "ClusterIssuer",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "GatewayClass",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeSnapshotClass",
    }
)
NOT_WITHOUT_CONTAINERS: Final = frozenset(
    {"APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"}
)
"""The API server calls a pod before it accepts or serves anything of theirs, and no pod of the sandbox answers."""


def in_order(objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The objects in the order in which they need each other."""
    return sorted(objects, key=lambda obj: FIRST.index(obj["kind"]) if obj["kind"] in FIRST else len(FIRST))


def is_cluster_wide(obj: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> bool:
    """Whether an object is in no namespace; a kind may be defined among the others."""
    if obj["kind"] in CLUSTER_WIDE:
        return True
    group = obj["apiVersion"].rpartition("/")[0]
    return any(
        other["kind"] == "CustomResourceDefinition"
        and (other.get("spec") or {}).get("scope") == "Cluster"
        and (other["spec"]["group"], other["spec"]["names"]["kind"]) == (group, obj["kind"])
        for other in others
    )
