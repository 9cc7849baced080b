"""What a case of the rules' tests is: an object, and what a rule says about it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from policy.rule import NOTHING_KNOWN, Context

Object = dict[str, Any]

CONTAINER: Mapping[str, Any] = {
    "name": "web",
    "image": "registry.example.org:5000/web:1.2",
    "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
    "readinessProbe": {"httpGet": {"path": "/", "port": 80}},
    "livenessProbe": {"httpGet": {"path": "/", "port": 80}},
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    },
}
POD: Mapping[str, Any] = {
    "automountServiceAccountToken": False,
    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """An object, and part of what the rule says about it; nothing if it keeps the rule."""

    rule: str
    obj: Object
    problem: str = ""
    context: Context = NOTHING_KNOWN

    def __str__(self) -> str:
        """For the list of tests."""
        return f"{self.rule}: {self.problem or 'kept'}"


def thing(kind: str, *, annotations: Mapping[str, Any] | None = None, namespace: str = "apps", **fields: Any) -> Object:
    """An object of that kind."""
    meta: Object = {"name": "thing", "annotations": dict(annotations or {})}
    if namespace:
        meta["namespace"] = namespace
    return {"kind": kind, "metadata": meta, **fields}


def workload(
    kind: str = "Deployment", *, pod: Mapping[str, Any] | None = None, annotations: Mapping[str, Any] | None = None
) -> Object:
    """A workload that keeps every rule, but for what is changed of its pods' spec; annotations of the template."""
    spec = {**copy.deepcopy(dict(POD)), "containers": [copy.deepcopy(dict(CONTAINER))], **(pod or {})}
    template = {"metadata": {"annotations": dict(annotations or {})}, "spec": spec}
    if kind == "Pod":
        return {**thing("Pod", annotations=annotations), "spec": spec}
    if kind == "CronJob":
        return thing(kind, spec={"jobTemplate": {"spec": {"template": template}}})
    return thing(kind, spec={"template": template})


def contained(kind: str = "Deployment", **changes: Any) -> Object:
    """A workload with a container that is changed."""
    return workload(kind, pod={"containers": [{**copy.deepcopy(dict(CONTAINER)), **changes}]})


def secured(**changes: Any) -> Object:
    """A workload whose container's security context is changed."""
    return contained(securityContext={**CONTAINER["securityContext"], **changes})
