"""The environment that a container starts with, its references to Secrets and ConfigMaps resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import decoded, namespace_of


def of_container(hub: Hub, workload: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, str]:
    """The variables of a workload's container; those whose source is missing are left out."""
    namespace = namespace_of(workload)
    found: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        prefix = source.get("prefix", "")
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            if source.get(field):
                values = _values(hub, kind, source[field]["name"], namespace)
                found.update({f"{prefix}{key}": value for key, value in values.items()})
    for variable in container.get("env") or []:
        value = _value(hub, namespace, variable)
        if value is not None:
            found[variable["name"]] = value
    return found


def _value(hub: Hub, namespace: str, variable: Mapping[str, Any]) -> str | None:
    source = variable.get("valueFrom") or {}
    for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
        if source.get(field):
            return _values(hub, kind, source[field]["name"], namespace).get(source[field]["key"])
    if source:
        return namespace if (source.get("fieldRef") or {}).get("fieldPath") == "metadata.namespace" else None
    return str(variable.get("value", ""))


def _values(hub: Hub, kind: str, name: str, namespace: str) -> dict[str, str]:
    found = hub.get("v1", kind, name, namespace) or {}
    if kind == "ConfigMap":
        return dict(found.get("data") or {})
    return {key: decoded(found, key) or "" for key in found.get("data") or {}}
