"""The annotation `pulumi.com/waitFor`: conditions of the program's own for when an object is ready.

One expression, or a JSON array of expressions that all have to hold: `jsonpath={.status.phase}=Running`,
`jsonpath={.status.loadBalancer.ingress}` (anything there), `condition=Ready` or `condition=Ready=False`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sandbox.kube import Object
from sandbox.plugins.kubernetes import jsonpath
from sandbox.plugins.kubernetes.verdict import READY, Probe, Verdict, waiting
from sandbox.rollouts import condition

Check = Callable[[Object], str]
"""What is missing on an object; empty if nothing is."""


def probe_of(text: str) -> Probe:
    """The probe for an annotation; ValueError says what is wrong with it."""
    checks = [_check(expression) for expression in _expressions(text)]

    def probe(obj: Object) -> Verdict:
        missing = tuple(told for told in (check(obj) for check in checks) if told)
        return waiting(*missing) if missing else READY

    return probe


def _expressions(text: str) -> list[str]:
    try:
        values = json.loads(text)
    except ValueError:
        return [text]
    if not isinstance(values, list):
        return [text]
    if not values or not all(isinstance(value, str) for value in values):
        raise ValueError("expected a JSON array of at least one expression")
    return values


def _check(expression: str) -> Check:
    prefix, _, rest = expression.partition("=")
    if prefix == "jsonpath":
        return _path_check(expression, rest)
    if prefix == "condition" and rest:
        return _condition_check(rest)
    raise ValueError(f"expected jsonpath=... or condition=..., got {expression!r}")


def _path_check(expression: str, rest: str) -> Check:
    end = rest.find("}")
    if not rest.startswith("{") or rest[end + 1 : end + 2] not in ("", "=") or end < 0:
        raise ValueError(f"expected jsonpath={{.path}} or jsonpath={{.path}}=value, got {expression!r}")
    path = jsonpath.parse(rest[1:end])
    wanted = rest[end + 2 :] if end + 1 < len(rest) else None

    def check(obj: Object) -> str:
        found = jsonpath.find(path, obj)
        if wanted is None:
            return "" if any(value not in (None, "") for value in found) else f"{rest} is not set"
        if any(_text(value) == wanted for value in found):
            return ""
        return f"{rest[: end + 1]} is {', '.join(map(_text, found)) or 'not set'}, expected {wanted}"

    return check


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _condition_check(rest: str) -> Check:
    kind, _, status = rest.partition("=")
    wanted = status or "True"

    def check(obj: Object) -> str:
        entry = condition(obj, kind)
        if str(entry.get("status", "")).casefold() == wanted.casefold():
            return ""
        told = ": ".join(str(entry[key]) for key in ("reason", "message") if entry.get(key))
        missing = f"condition {kind} is {entry.get('status', 'not set')}, expected {wanted}"
        return f"{missing} ({told})" if told else missing

    return check
