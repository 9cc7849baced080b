"""What an object's own controller says of it: a condition of the program's own names a state, not the reason for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.kube import Object

LONGEST_SHOWN: Final = 300
"""Characters of each message that are repeated: a failed sync may have a line for each of its objects."""


def said(obj: Object) -> str:
    """The last words on an object, on one line: of conditions, its operation and the first ill resource; or nothing."""
    status = obj.get("status") or {}
    words: list[str] = []
    for text in (*_conditions(status), *_operation(status), *_ill(status)):
        line = " ".join(text.split())
        if line and not any(line in word for word in words):
            words.append(line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}...")
    return "; ".join(words)


def _conditions(status: Mapping[str, Any]) -> Iterator[str]:
    """Messages of conditions that do not hold; Argo CD's have no status, and are there because something is wrong."""
    for entry in status.get("conditions") or []:
        if entry.get("status") != "True":
            yield entry.get("message") or ""


def _operation(status: Mapping[str, Any]) -> Iterator[str]:
    """What came of the last operation, unless it went well."""
    operation = status.get("operationState") or {}
    if operation.get("phase") != "Succeeded":
        yield operation.get("message") or ""


def _ill(status: Mapping[str, Any]) -> Iterator[str]:
    """The message of its own health, and that of the first resource that is not healthy."""
    yield _message(status)
    for resource in status.get("resources") or []:
        if _message(resource):
            yield f"{resource.get('kind')} {resource.get('name')}: {_message(resource)}"
            return


def _message(of: Mapping[str, Any]) -> str:
    health = of.get("health")
    return "" if not isinstance(health, Mapping) or health.get("status") == "Healthy" else health.get("message") or ""
