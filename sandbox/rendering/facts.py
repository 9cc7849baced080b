"""Renderings reduced to facts, and what differs between two of them.

A fact is what something else may rely on: names, labels of pods, ports, keys, references, probes, what pods may do,
policies. What a chart's program alone reads, such as the texts of a ConfigMap, is none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.rendering import kinds
from sandbox.rendering.render import HOOK, Rendered

Facts = dict[str, Any]
ABSENT: Final = "-"
NOTES: Final = (HOOK, f"{HOOK}-delete-policy", f"{HOOK}-weight", "cert-manager.io/inject-ca-from-secret")
"""Annotations that say what becomes of an object."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One fact that is not the same."""

    object: str
    """Kind and name."""
    fact: str
    """Dotted path; empty if one side has not got the object at all."""
    ours: str
    theirs: str


@dataclass(frozen=True, kw_only=True)
class Omission:
    """Objects that a stand-in leaves out on purpose."""

    kind: str
    name: str
    """Pattern of the whole name."""
    why: str

    def covers(self, key: str) -> bool:
        """Whether it speaks of the object."""
        kind, _, name = key.partition(" ")
        return kind == self.kind and re.fullmatch(self.name, name.rpartition("/")[2]) is not None


def reduce(rendered: Rendered) -> list[Facts]:
    """The facts of everything that a release brings, hooks and what the sandbox leaves out included."""
    return [_facts(obj) for obj in (*rendered.objects, *rendered.hooks, *rendered.left_out)]


def differences(
    ours: Mapping[str, Facts], theirs: Mapping[str, Facts], omissions: Iterable[Omission] = ()
) -> list[Difference]:
    """What is not the same, by kind and name of the object; what ours leaves out on purpose is none."""
    skipped = {key for key in theirs.keys() - ours.keys() if any(item.covers(key) for item in omissions)}
    return [
        difference
        for key in sorted((ours.keys() | theirs.keys()) - skipped)
        for difference in _of_object(key, ours.get(key), theirs.get(key))
    ]


def _of_object(key: str, ours: Facts | None, theirs: Facts | None) -> Iterator[Difference]:
    if ours is None or theirs is None:
        there, not_there = "there", "not there"
        yield Difference(
            object=key,
            fact="",
            ours=not_there if ours is None else there,
            theirs=not_there if theirs is None else there,
        )
        return
    left, right = dict(_flat(ours, "")), dict(_flat(theirs, ""))
    for fact in sorted(left.keys() | right.keys()):
        if left.get(fact) != right.get(fact):
            yield Difference(
                object=key, fact=fact, ours=str(left.get(fact, ABSENT)), theirs=str(right.get(fact, ABSENT))
            )


def by_key(facts: Iterable[Facts], namespace: str) -> dict[str, Facts]:
    """Facts by kind and name of their object; the namespace is that of objects that name none."""
    found = {}
    for item in facts:
        own = "" if item["kind"] in kinds.CLUSTER_WIDE else f"{item.get('namespace') or namespace}/"
        rest = {key: value for key, value in item.items() if key not in ("kind", "name", "namespace")}
        found[f"{item['kind']} {own}{item['name']}"] = rest
    return found


def _flat(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """Every fact by its path. Lists of things with names are maps by name, others are one fact."""
    if isinstance(value, list) and value and all(isinstance(item, Mapping) and "name" in item for item in value):
        value = {item["name"]: {key: part for key, part in item.items() if key != "name"} for item in value}
    if isinstance(value, Mapping):
        if not value:
            yield prefix, "{}"
        for key, item in value.items():
            yield from _flat(item, f"{prefix}.{key}" if prefix else str(key))
    elif value is not None:
        yield prefix, value


def _facts(obj: Mapping[str, Any]) -> Facts:
    meta = obj["metadata"]
    found: Facts = {"kind": obj["kind"], "name": meta["name"]}
    if meta.get("namespace"):
        found["namespace"] = meta["namespace"]
    notes = {key: value for key, value in (meta.get("annotations") or {}).items() if key in NOTES}
    if notes:
        found["annotations"] = notes
    rule = RULES.get(obj["kind"])
    reduced = rule(obj) if rule else {}
    return {**found, **{key: value for key, value in reduced.items() if value is not None}}


def _picked(source: Mapping[str, Any], *keys: str) -> Facts:
    return {key: source[key] for key in keys if source.get(key) is not None}


def _workload(obj: Mapping[str, Any]) -> Facts:
    spec = obj["spec"]
    template = spec["template"]
    selector = (spec.get("selector") or {}).get("matchLabels")
    return {
        **_picked(spec, "replicas", "serviceName", "strategy", "updateStrategy"),
        "selector": selector,
        "podLabels": (template.get("metadata") or {}).get("labels") or {},
        "pod": _pod(template["spec"]),
        "volumeClaimTemplates": [_claim(item) for item in spec.get("volumeClaimTemplates") or []] or None,
    }


def _claim(template: Mapping[str, Any]) -> Facts:
    return {"name": template["metadata"]["name"], **_picked(template["spec"], *CLAIM)}


CLAIM: Final = ("accessModes", "storageClassName", "resources")
CLASS: Final = (
    "provisioner",
    "parameters",
    "reclaimPolicy",
    "volumeBindingMode",
    "allowVolumeExpansion",
    "mountOptions",
)
POD: Final = (
    "serviceAccountName",
    "automountServiceAccountToken",
    "hostNetwork",
    "hostPID",
    "priorityClassName",
    "securityContext",
    "terminationGracePeriodSeconds",
)
CONTAINERS: Final = ("initContainers", "containers")
PROBES: Final = ("readinessProbe", "livenessProbe", "startupProbe")


def _pod(spec: Mapping[str, Any]) -> Facts:
    found = _picked(spec, *POD)
    if not found.get("securityContext"):
        found.pop("securityContext", None)
    if spec.get("volumes"):
        found["volumes"] = {item["name"]: _volume(item) for item in spec["volumes"]}
    for key in CONTAINERS:
        if spec.get(key):
            found[key] = [_container(item) for item in spec[key]]
    return found


def _volume(volume: Mapping[str, Any]) -> Facts:
    if "emptyDir" in volume:
        given = volume["emptyDir"] or {}
        return {"emptyDir": _picked(given, "medium")}
    for key, name in (("configMap", "name"), ("secret", "secretName")):
        if key in volume:
            return {key: volume[key][name], **_picked(volume[key], "optional")}
    return {key: value for key, value in volume.items() if key != "name"}


def _container(container: Mapping[str, Any]) -> Facts:
    found: Facts = _picked(container, "name", "image")
    if container.get("ports"):
        found["ports"] = {
            item.get("name", str(item["containerPort"])): item["containerPort"] for item in container["ports"]
        }
    # What is read from an optional key of a ConfigMap is the program's own affair.
    env = {item["name"]: said for item in container.get("env") or [] if (said := _variable(item)) is not None}
    if env:
        found["env"] = env
    if container.get("envFrom"):
        found["envFrom"] = [next(iter(item.values()))["name"] for item in container["envFrom"]]
    for key in PROBES:
        if container.get(key):
            found[key] = _probe(container[key])
    for key in ("securityContext", "resources"):
        if container.get(key):
            found[key] = container[key]
    if container.get("volumeMounts"):
        found["mounts"] = {item["mountPath"]: item["name"] for item in container["volumeMounts"]}
    return found


def _variable(variable: Mapping[str, Any]) -> str | None:
    source = variable.get("valueFrom") or {}
    if "fieldRef" in source:
        return f"field {source['fieldRef']['fieldPath']}"
    if "secretKeyRef" in source:
        return f"secret {source['secretKeyRef']['name']}/{source['secretKeyRef']['key']}"
    return None if source else str(variable.get("value") or "")


def _probe(probe: Mapping[str, Any]) -> str:
    if "httpGet" in probe:
        return f"{probe['httpGet'].get('path', '/')} :{probe['httpGet']['port']}"
    return f"tcp :{probe['tcpSocket']['port']}" if "tcpSocket" in probe else "exec"


def _service(obj: Mapping[str, Any]) -> Facts:
    spec = obj["spec"]
    # Without a word a Service is of the cluster only.
    found = _picked(spec, "selector", "clusterIP", "externalTrafficPolicy", "ipFamilyPolicy")
    ports = [_picked(port, "name", "port", "targetPort", "protocol", "nodePort") for port in spec["ports"]]
    return {**found, "type": spec.get("type", "ClusterIP"), "ports": ports}


def _binding(obj: Mapping[str, Any]) -> Facts:
    subjects = [f"{item.get('namespace', '')}/{item['name']}" for item in obj["subjects"]]
    return {"role": obj["roleRef"]["name"], "subjects": subjects}


def _webhooks(obj: Mapping[str, Any]) -> Facts:
    webhooks = []
    for item in obj["webhooks"]:
        service = item["clientConfig"].get("service") or {}
        called = {"service": service.get("name"), "path": service.get("path")}
        webhooks.append({"name": item["name"], **called, **_picked(item, "failurePolicy")})
    return {"webhooks": webhooks}


def _keys(obj: Mapping[str, Any]) -> Facts:
    return {**_picked(obj, "type"), "keys": sorted(obj.get("data") or {})}


def _spec(obj: Mapping[str, Any]) -> Facts:
    return {"spec": obj["spec"]}


RULES: Final[Mapping[str, Callable[[Mapping[str, Any]], Facts]]] = {
    "CSIDriver": _spec,
    "Certificate": _spec,
    "ClusterRole": lambda obj: {"rules": len(obj.get("rules") or [])},
    "ClusterRoleBinding": _binding,
    "ConfigMap": _keys,
    "CronJob": lambda obj: _workload(obj["spec"]["jobTemplate"]),
    "CustomResourceDefinition": lambda obj: {"versions": [item["name"] for item in obj["spec"]["versions"]]},
    "DaemonSet": _workload,
    "Deployment": _workload,
    "IngressClass": lambda obj: {"controller": obj["spec"]["controller"]},
    "Issuer": _spec,
    "Job": _workload,
    "MutatingWebhookConfiguration": _webhooks,
    "NetworkPolicy": _spec,
    "Pod": lambda obj: {"pod": _pod(obj["spec"])},
    "PodDisruptionBudget": _spec,
    "PodMonitor": _spec,
    "Role": lambda obj: {"rules": len(obj.get("rules") or [])},
    "RoleBinding": _binding,
    "Secret": _keys,
    "Service": _service,
    "StatefulSet": _workload,
    "StorageClass": lambda obj: _picked(obj, *CLASS),
    "ValidatingWebhookConfiguration": _webhooks,
}
