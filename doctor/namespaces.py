"""Checks of namespaces that are to go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doctor.check import FINE, Context, Reference, check
from doctor.isolation import own_namespaces
from policy.objects import label

RUNBOOK = "docs/runbooks/namespace-stuck.md"


@check("namespace -> held up by nothing")
def leaving(context: Context) -> Iterator[Reference]:
    """No namespace that was deleted is kept by something in it."""
    for namespace in own_namespaces(context.snapshot):
        kept = list(_kept_by(namespace)) if "deletionTimestamp" in namespace["metadata"] else []
        fault = f"it is being deleted and still there: {'; '.join(kept)}"
        problem = (fault, f"look for what that is and end it, as {RUNBOOK} says") if kept else FINE
        yield Reference(label(namespace), "nothing in its way", *problem)


def _kept_by(namespace: Mapping[str, Any]) -> Iterator[str]:
    """What the controller that empties it says is in its way."""
    for entry in (namespace.get("status") or {}).get("conditions") or []:
        if entry["type"].startswith("Namespace") and entry["status"] == "True":
            yield entry.get("message") or entry["type"]
