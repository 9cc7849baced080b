"""What a case of the wiring check's tests is: one reference, and how to break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.healthy import Healthy


@dataclass(frozen=True, kw_only=True)
class Break:
    """A change to a healthy platform, and the one reference that is broken by it."""

    check: str
    subject: str
    target: str
    problem: str
    """Part of what is said."""
    change: Callable[[Healthy], Any]


def route(live: Healthy, name: str, namespace: str = "") -> dict[str, Any]:
    return live.get("IngressRoute", name, namespace or name)


def rule(live: Healthy, name: str, text: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in route(live, name)["spec"]["routes"] if text in item["match"])
    return found


def container(live: Healthy, kind: str, name: str, namespace: str) -> dict[str, Any]:
    found: dict[str, Any] = pod_spec(live, kind, name, namespace)["containers"][0]
    return found


def pod_spec(live: Healthy, kind: str, name: str, namespace: str) -> dict[str, Any]:
    found: dict[str, Any] = live.get(kind, name, namespace)["spec"]["template"]["spec"]
    return found


def policy(live: Healthy, name: str, namespace: str) -> dict[str, Any]:
    found: dict[str, Any] = live.get("NetworkPolicy", name, namespace)["spec"]
    return found


def file(live: Healthy, key: str, namespace: str) -> dict[str, str]:
    """The data of the only ConfigMap with such a key; its name changes with what is in it."""
    (found,) = [item for item in live.all("ConfigMap") if _is_in(item, key, namespace)]
    data: dict[str, str] = found["data"]
    return data


def _is_in(config_map: dict[str, Any], key: str, namespace: str) -> bool:
    return config_map["metadata"]["namespace"] == namespace and key in (config_map.get("data") or {})
