"""Reads what a rule or a check needs out of a Kubernetes object.

An object may come from the program, from the stack's state or from a cluster: a field that it lacks is none, and no
error. Nothing here changes an object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Object = Mapping[str, Any]

LONG_RUNNING: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet"})
"""Kinds whose pods are to run for ever."""

WORKLOADS: Final = LONG_RUNNING | {"Job", "CronJob", "Pod"}
"""Kinds that make pods, and a pod that nobody made."""

CLUSTER_WIDE: Final = frozenset(
    {
        "APIService",
        "CSIDriver",
        "CertificateSigningRequest",
        "CustomResourceDefinition",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "ServiceCIDR",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttributesClass",
        "VolumeSnapshotClass",
    }
)
"""Kinds whose objects are in no namespace, besides those whose names begin with `Cluster`."""


def metadata_of(obj: Object) -> Mapping[str, Any]:
    """An object's metadata."""
    return obj.get("metadata") or {}


def spec_of(obj: Object) -> Mapping[str, Any]:
    """An object's spec."""
    return obj.get("spec") or {}


def namespace_of(obj: Object) -> str:
    """An object's namespace; empty if it has none."""
    return str(metadata_of(obj).get("namespace") or "")


def name_of(obj: Object) -> str:
    """`namespace/name` of an object, or its name alone if it has no namespace."""
    name = str(metadata_of(obj).get("name") or "(unnamed)")
    return f"{namespace_of(obj)}/{name}" if namespace_of(obj) else name


def label(obj: Object) -> str:
    """`Kind namespace/name`, as a person would say it."""
    return f"{obj['kind']} {name_of(obj)}"


def labels_of(obj: Object) -> Mapping[str, str]:
    """An object's labels."""
    return metadata_of(obj).get("labels") or {}


def annotations_of(obj: Object) -> Mapping[str, Any]:
    """An object's annotations."""
    return metadata_of(obj).get("annotations") or {}


def is_cluster_wide(obj: Object) -> bool:
    """Whether objects of this kind are in no namespace."""
    kind = str(obj.get("kind"))
    # A `Cluster`, of databases for example, is in a namespace.
    return kind in CLUSTER_WIDE or (kind.startswith("Cluster") and kind != "Cluster")


def pod_template(obj: Object) -> Object | None:
    """What an object makes pods of, with metadata and spec; None if it makes none, or if another object made it.

    What another workload made is judged there: the Job of a CronJob has the CronJob's template.
    """
    owners = metadata_of(obj).get("ownerReferences") or []
    if obj.get("kind") not in WORKLOADS or any(owner.get("kind") in {*WORKLOADS, "ReplicaSet"} for owner in owners):
        return None
    if obj["kind"] == "Pod":
        return obj
    spec = spec_of(spec_of(obj).get("jobTemplate") or {}) if obj["kind"] == "CronJob" else spec_of(obj)
    return spec.get("template") or {}


def containers_of(pod_spec: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The containers of a pod's spec, those that prepare it included."""
    yield from pod_spec.get("initContainers") or []
    yield from pod_spec.get("containers") or []


def hosts_in(match: str) -> list[str]:
    """The hosts that a rule of Traefik names."""
    return [host for group in re.findall(r"Host\(([^)]*)\)", match) for host in re.findall(r"`([^`]+)`", group)]


def hosts_of(route: Object) -> list[str]:
    """The hosts of an IngressRoute or an Ingress, each once."""
    spec = spec_of(route)
    if route.get("kind") == "Ingress":
        found: Sequence[str] = [rule["host"] for rule in spec.get("rules") or [] if rule.get("host")]
    else:
        found = [host for rule in spec.get("routes") or [] for host in hosts_in(rule.get("match") or "")]
    return list(dict.fromkeys(found))
