"""The objects that a release of a chart comes to: its CRDs from the sandbox's folder, the rest from its description."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.controllers import charts
from sandbox.controllers.charts.base import Chart, ChartError, Object, merge
from sandbox.controllers.objects import encode

KEEP: Final = {"helm.sh/resource-policy": "keep"}
DIGEST: Final = "sandbox.homelab/manifest"
"""Annotation of a CRD with the digest of its manifest: comparing the CRD itself at every look would be slow."""
FIRST: Final = (
    "Namespace",
    "NetworkPolicy",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "Deployment",
    "StatefulSet",
)
"""The order in which kinds are applied; any other kind comes after these."""
CLUSTER_WIDE: Final = frozenset(
    {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding", "IngressClass"}
)
KINDS: Final[tuple[tuple[str, str], ...]] = (
    ("v1", "Namespace"),
    ("v1", "ServiceAccount"),
    ("v1", "Secret"),
    ("v1", "ConfigMap"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch/v1", "CronJob"),
    ("batch/v1", "Job"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("networking.k8s.io/v1", "IngressClass"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
    ("policy/v1", "PodDisruptionBudget"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
)
"""Every kind that charts and workloads bring; of any other, nothing is pruned."""


def of_chart(
    chart: Chart,
    *,
    name: str,
    namespace: str,
    version: str,
    values: Mapping[str, Any],
    crds: Path,
    skip_crds: bool = False,
) -> list[Object]:
    """Everything that a release brings, in the order of application. ChartError if it cannot be rendered.

    `skip_crds` leaves out a chart's folder `crds`, but not CRDs among its templates, as Helm does.
    """
    objects = [
        plain(obj) for obj in charts.render(chart, name=name, namespace=namespace, version=version, values=values)
    ]
    merged = merge(chart.defaults, values)
    if chart.crd_folder and chart.brings_crds(merged) and not (skip_crds and chart.crds_are_a_folder):
        keep = KEEP if chart.keeps_crds(merged) else {}
        objects += [_annotated(crd, keep) for crd in _crds(crds / chart.crd_folder)]
    return in_order(objects)


def in_order(objects: Iterable[Object]) -> list[Object]:
    """Objects in the order of application."""
    return sorted(objects, key=lambda obj: FIRST.index(obj["kind"]) if obj["kind"] in FIRST else len(FIRST))


def plain(obj: Object) -> Object:
    """A Secret with its text encoded, as it can be compared with the live one; any other object as it is."""
    if "stringData" not in obj:
        return obj
    rest = {key: value for key, value in obj.items() if key != "stringData"}
    return {**rest, "data": encode(obj["stringData"])}


def _annotated(obj: Object, added: Mapping[str, str]) -> Object:
    metadata = obj["metadata"]
    annotations = {**(metadata.get("annotations") or {}), **added}
    return {**obj, "metadata": {**metadata, "annotations": annotations}}


def _crds(folder: Path) -> list[Object]:
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not files:
        raise ChartError(f"the sandbox has no CRDs in {folder}")
    return [crd for file in files for crd in _parsed(file, file.stat().st_mtime_ns)]


@lru_cache(maxsize=256)
def _parsed(file: Path, _changed: int) -> tuple[Object, ...]:
    """A manifest's CRDs, without status. Parsed once: the larger ones take a second."""
    text = file.read_text()
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    documents = yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return tuple(
        _annotated({key: value for key, value in document.items() if key != "status"}, {DIGEST: digest})
        for document in documents
        if document and document.get("kind") == "CustomResourceDefinition"
    )
