"""What the descriptions of charts are written with: values as Helm merges them, and builders of common objects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Object = dict[str, Any]
Values = Mapping[str, Any]

RESTRICTED_CONTAINER: Final[Object] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
}
"""The container security context that several charts set by default; pod security `restricted` accepts it."""


class ChartError(Exception):
    """The chart cannot be rendered with these values: what `helm template` would say."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """One rendering of a chart."""

    name: str
    namespace: str
    chart: str
    version: str
    values: Values

    def labels(self, name: str, *, component: str = "", part_of: str = "", instance: str = "") -> dict[str, str]:
        """The labels that charts made by Helm's conventions put on everything."""
        labels = {
            **self.selector(name, component=component, instance=instance),
            "app.kubernetes.io/managed-by": "Helm",
            "app.kubernetes.io/version": self.version.removeprefix("v"),
            "helm.sh/chart": f"{self.chart}-{self.version}".replace("+", "_"),
        }
        return {**labels, "app.kubernetes.io/part-of": part_of} if part_of else labels

    def selector(self, name: str, *, component: str = "", instance: str = "") -> dict[str, str]:
        """The labels by which charts select their pods."""
        labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": instance or self.name}
        return {**labels, "app.kubernetes.io/component": component} if component else labels

    def fullname(self, chart_name: str) -> str:
        """Helm's usual name of a release's objects: the release's name, with the chart's name unless that is in it."""
        override = self.values.get("fullnameOverride") or (self.values.get("global") or {}).get("fullnameOverride")
        if override:
            return str(override)
        name = str(self.values.get("nameOverride") or chart_name)
        return self.name if name in self.name else f"{self.name}-{name}"

    def meta(self, name: str, labels: Mapping[str, str], annotations: Mapping[str, str] | None = None) -> Object:
        """Metadata of a namespaced object of the release."""
        meta: Object = {"name": name, "namespace": self.namespace, "labels": dict(labels)}
        return {**meta, "annotations": dict(annotations)} if annotations else meta


@dataclass(frozen=True, kw_only=True)
class Chart:
    """What the sandbox knows about one chart."""

    name: str
    repositories: frozenset[str]
    major: str
    """The version's first number: what the description was checked against."""
    defaults: Values
    render: Callable[[Release], list[Object]]
    crd_folder: str = ""
    """Folder of the CRDs that it brings, below the sandbox's `crds`."""
    crds_are_a_folder: bool = False
    """Whether the chart has them in its folder `crds`: values have no say there, and `skipCrds` leaves them out."""
    brings_crds: Callable[[Values], bool] = field(default=lambda _values: True)
    keeps_crds: Callable[[Values], bool] = field(default=lambda _values: False)
    """Whether its CRDs carry the annotation by which Helm and Argo CD leave them when the chart goes."""


def merge(defaults: Values, given: Values) -> Object:
    """Values as Helm merges them: maps key by key, everything else replaced, null removes a default."""
    merged: Object = dict(defaults)
    for key, value in given.items():
        known = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(known, Mapping):
            merged[key] = merge(known, value)
        else:
            merged[key] = value
    return merged


def dig(values: Values, path: str, default: Any = None) -> Any:
    """The value at a dotted path, or the default where it is missing or null."""
    found: Any = values
    for part in path.split("."):
        if not isinstance(found, Mapping) or found.get(part) is None:
            return default
        found = found[part]
    return found


def unknown_keys(defaults: Values, given: Values) -> list[str]:
    """The top-level values that the description of a chart does nothing with."""
    return sorted(set(given) - set(defaults) - {"global", "nameOverride", "fullnameOverride"})


def without_empty(obj: Mapping[str, Any]) -> Object:
    """The map without keys whose value is None, an empty map or an empty list: as templates leave them out."""
    return {key: value for key, value in obj.items() if value is not None and value not in ({}, [])}


@dataclass(frozen=True, kw_only=True)
class Workload:
    """A Deployment or StatefulSet of a chart."""

    name: str
    labels: Mapping[str, str]
    selector: Mapping[str, str]
    containers: list[Object]
    replicas: int | None = 1
    pod_labels: Mapping[str, str] | None = None
    """Labels of the pods; without them its own labels."""
    pod: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the pod's spec. Empty ones are left out."""
    pod_annotations: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the workload's spec."""

    def render(self, release: Release, kind: str = "Deployment") -> Object:
        """The object."""
        pod_labels = self.labels if self.pod_labels is None else self.pod_labels
        template = {
            "metadata": without_empty({"labels": dict(pod_labels), "annotations": dict(self.pod_annotations)}),
            "spec": without_empty({"containers": self.containers, **self.pod}),
        }
        spec = {"selector": {"matchLabels": dict(self.selector)}, "template": template, **self.spec}
        if self.replicas is not None:
            spec["replicas"] = self.replicas
        meta = release.meta(self.name, self.labels, self.annotations)
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": spec}


def container(name: str, image: str, **fields: Any) -> Object:
    """A container; empty fields are left out."""
    return without_empty({"name": name, "image": image, **fields})


def ports(**named: int) -> list[Object]:
    """Container ports by name; an underscore stands for the hyphen that Python's names cannot have."""
    return [{"name": name.replace("_", "-"), "containerPort": port, "protocol": "TCP"} for name, port in named.items()]


def service_port(name: str, port: int, target: int | str | None = None, **fields: Any) -> Object:
    """One port of a Service, TCP unless said otherwise."""
    return {"name": name, "port": port, "targetPort": port if target is None else target, "protocol": "TCP", **fields}


def service(
    meta: Object, selector: Mapping[str, str], service_ports: Iterable[Object], *, kind: str = "ClusterIP", **spec: Any
) -> Object:
    """A Service."""
    body = {"type": kind, "selector": dict(selector), "ports": list(service_ports), **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": body}


def service_account(meta: Object) -> Object:
    """A ServiceAccount."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


def config_map(meta: Object, data: Mapping[str, Any]) -> Object:
    """A ConfigMap; values become text as templates write them."""
    texts = {key: text(value) for key, value in data.items()}
    return without_empty({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": texts})


def secret(meta: Object, data: Mapping[str, str]) -> Object:
    """An Opaque Secret from plain text."""
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "stringData": dict(data)}
    return without_empty(made)


def text(value: Any) -> str:
    """A value as Helm's templates print it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def cluster_role(name: str, labels: Mapping[str, str], rules: list[Object]) -> Object:
    """A ClusterRole. The descriptions give it less than the real chart: nothing in the sandbox acts with it."""
    meta = {"name": name, "labels": dict(labels)}
    return {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": meta, "rules": rules}


def cluster_role_binding(name: str, labels: Mapping[str, str], release: Release, account: str) -> Object:
    """A ClusterRoleBinding of the ClusterRole of the same name to a ServiceAccount of the release."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name, "labels": dict(labels)},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": release.namespace}],
    }


def ingress_class(name: str, labels: Mapping[str, str], controller: str, *, default: bool) -> Object:
    """An IngressClass."""
    annotations = {"ingressclass.kubernetes.io/is-default-class": text(default)}
    meta = {"name": name, "labels": dict(labels), "annotations": annotations}
    body = {"controller": controller}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": meta, "spec": body}
