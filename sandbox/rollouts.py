"""How far a rollout has come: what Pulumi and Argo CD both judge of a workload's status, each in its own way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


def condition(obj: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The condition of a type in an object's status, an empty map if it has none."""
    for entry in (obj.get("status") or {}).get("conditions") or []:
        if entry.get("type") == kind:
            found: Mapping[str, Any] = entry
            return found
    return {}


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """Numbers of pods, as the controller that has seen the newest template counts them."""

    observed: bool
    """Whether the controller has seen the newest template: nothing else counts before."""
    wanted: int
    updated: int
    """Of the newest template."""
    outdated: int
    ready: int
    available: int
    overdue: bool
    """Whether its progress deadline is over."""

    @classmethod
    def of(cls, workload: Mapping[str, Any]) -> Rollout:
        """Of a live Deployment or StatefulSet."""
        status = workload.get("status") or {}
        updated = status.get("updatedReplicas", 0)
        return cls(
            observed=status.get("observedGeneration", 0) >= workload["metadata"].get("generation", 1),
            wanted=workload["spec"].get("replicas", 1),
            updated=updated,
            outdated=max(status.get("replicas", 0) - updated, 0),
            ready=status.get("readyReplicas", 0),
            available=status.get("availableReplicas", 0),
            overdue=condition(workload, "Progressing").get("reason") == "ProgressDeadlineExceeded",
        )
