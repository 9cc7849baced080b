"""What Prometheus and Alertmanager have in common: the operator makes their pods of one object each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi_kubernetes.core.v1 import ServiceAccount
from pulumi_kubernetes.meta.v1 import LabelSelectorArgs, ObjectMetaArgs
from pulumi_kubernetes.policy.v1 import PodDisruptionBudget, PodDisruptionBudgetSpecArgs

from components.kit import Endpoint, Foundation, Pods, Resources, spread
from components.monitoring.names import PROMETHEUS
from components.versions import Image

SECURITY_CONTEXT: Final = {
    "runAsNonRoot": True,
    "runAsUser": 1000,
    "runAsGroup": 2000,
    "fsGroup": 2000,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}
"""Of the pods; that of their containers, without capabilities and read-only, is the operator's own."""


def labels_of(kind: str) -> dict[str, str]:
    """Labels that the operator gives the pods of a `prometheus` or an `alertmanager`."""
    return {"app.kubernetes.io/name": kind, "app.kubernetes.io/instance": PROMETHEUS}


def endpoint_of(pods: Pods, service: str, port: int, protocol: str = "TCP") -> Endpoint:
    """A port of pods that the operator has made, by the Service that it makes for them, which has the same one."""
    return Endpoint(
        namespace=pods.namespace, service=service, port=port, pods=pods.labels, pod_port=port, protocol=protocol
    )


def account_of(name: str, pods: Pods, *, parent: pulumi.Resource) -> ServiceAccount:
    """An account of that name for these pods, which have no token unless they ask for it themselves."""
    return ServiceAccount(
        name,
        metadata=ObjectMetaArgs(name=name, namespace=pods.namespace.name),
        automount_service_account_token=False,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[pods.namespace.resource]),
    )


def budget_of(name: str, pods: Pods, *, parent: pulumi.Resource) -> PodDisruptionBudget:
    """A node may be drained of one of these pods at a time."""
    return PodDisruptionBudget(
        name,
        metadata=ObjectMetaArgs(name=name, namespace=pods.namespace.name),
        spec=PodDisruptionBudgetSpecArgs(max_unavailable=1, selector=LabelSelectorArgs(match_labels=dict(pods.labels))),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[pods.namespace.resource]),
    )


def pods_spec(
    base: Foundation, labels: Mapping[str, str], *, account: str, image: Image, size: str, resources: Resources
) -> dict[str, Any]:
    """The part of the object's spec that is about its pods: as many as the site has of what must not fail.

    `size` is that of the volume of each, on its node's disk. The operator reads the version from the tag.
    """
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": base.storage.class_name,
        "resources": {"requests": {"storage": size}},
    }
    return {
        "version": image.tag,
        "image": base.site.image(image),
        "replicas": base.site.replicas,
        "serviceAccountName": account,
        "storage": {"volumeClaimTemplate": {"spec": claim}},
        "topologySpreadConstraints": spread(labels),
        "resources": requirements(resources),
        "securityContext": SECURITY_CONTEXT,
        "enableServiceLinks": False,
    }


def requirements(resources: Resources) -> dict[str, Any]:
    """As the operator's objects have them."""
    return {
        "requests": {"cpu": resources.cpu, "memory": resources.memory},
        "limits": {"memory": resources.memory},
    }
