"""Rules that change or choose by labels, as Prometheus has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

Rule = dict[str, Any]

CAMEL: Final = re.compile(r"(?<!^)(?=[A-Z])")
"""Where a word begins in the operator's spelling."""


def snake(key: str) -> str:
    """A field in Prometheus's spelling."""
    return CAMEL.sub("_", key).lower()


def relabelings(given: Iterable[Mapping[str, Any]]) -> list[Rule]:
    """Rules that change labels, in Prometheus's spelling."""
    return [{snake(key): value.lower() if key == "action" else value for key, value in rule.items()} for rule in given]


def kept(kind: str, selector: Mapping[str, Any]) -> Iterator[Rule]:
    """What the labels of a Service or a pod have to be."""
    for label, value in sorted((selector.get("matchLabels") or {}).items()):
        yield {"action": "keep", "source_labels": _label(kind, label), "regex": f"({value});true"}
    for item in selector.get("matchExpressions") or []:
        action = "keep" if item["operator"] in ("In", "Exists") else "drop"
        if item.get("values"):
            regex = f"({'|'.join(item['values'])});true"
            yield {"action": action, "source_labels": _label(kind, item["key"]), "regex": regex}
        else:
            yield {"action": action, "source_labels": _label(kind, item["key"])[1:], "regex": "true"}


def _label(kind: str, label: str) -> list[str]:
    name = _safe(label)
    return [f"__meta_kubernetes_{kind}_label_{name}", f"__meta_kubernetes_{kind}_labelpresent_{name}"]


def labelled(kind: str, label: str, target: str = "") -> Rule:
    """A label with the value of a Service's or a pod's label, if that has one."""
    source = _label(kind, label)[:1]
    return {"source_labels": source, "target_label": target or _safe(label), "regex": "(.+)", "replacement": "${1}"}


def _safe(label: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", label)


def copied(source: str, target: str) -> Rule:
    """A label with the value of another one."""
    return {"source_labels": [source], "target_label": target}


def port_of_pod(name: str | None, number: int | None) -> list[Rule]:
    """Which port of a pod it has to be, by the name or the number that its container declares."""
    if name:
        return [{"action": "keep", "source_labels": ["__meta_kubernetes_pod_container_port_name"], "regex": name}]
    if number:
        source = ["__meta_kubernetes_pod_container_port_number"]
        return [{"action": "keep", "source_labels": source, "regex": str(number)}]
    return []
