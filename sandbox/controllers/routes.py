"""Which host leads to a Service, by Traefik's routes and by Ingresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

HOST: Final = re.compile(r"Host\(`([^`]+)`\)")
PATH: Final = re.compile(r"(?<!!)Path(Prefix|Regexp)?\(")
"""A rule for single paths; what a rule is not for makes it none."""


def host_by_route(routes: Iterable[Mapping[str, Any]], service: str, namespace: str) -> str | None:
    """The first host of which an IngressRoute sends everything to the Service; rules for single paths do not count."""
    for route in sorted(routes, key=_order):
        for rule in route["spec"].get("routes") or []:
            match = HOST.search(rule.get("match", ""))
            if not match or PATH.search(rule["match"]):
                continue
            for target in rule.get("services") or []:
                if (target["name"], target.get("namespace") or route["metadata"]["namespace"]) == (service, namespace):
                    return match[1]
    return None


def host_by_ingress(ingresses: Iterable[Mapping[str, Any]], service: str, namespace: str) -> str | None:
    """The first host of which an Ingress sends everything to the Service."""
    for ingress in sorted(ingresses, key=_order):
        if ingress["metadata"]["namespace"] != namespace:
            continue
        for rule in ingress["spec"].get("rules") or []:
            for path in (rule.get("http") or {}).get("paths") or []:
                backend = (path["backend"].get("service") or {}).get("name")
                if rule.get("host") and backend == service and path.get("path", "/") == "/":
                    return str(rule["host"])
    return None


def _order(obj: Mapping[str, Any]) -> tuple[str, str]:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]
