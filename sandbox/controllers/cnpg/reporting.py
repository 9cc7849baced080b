"""What is said of objects, as the operator says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox import kube
from sandbox.controllers import objects
from sandbox.controllers.cnpg import names


def report(client: kube.Client, obj: kube.Object, status: Mapping[str, Any], *conditions: Mapping[str, Any]) -> None:
    """Write fields and conditions into an object's status."""
    objects.report(client, obj, status, *conditions, manager=names.MANAGER)


def ready(phase: str) -> dict[str, str]:
    """The condition that follows a Cluster's phase."""
    if phase == names.HEALTHY:
        return {"type": "Ready", "status": "True", "reason": "ClusterIsReady", "message": "Cluster is Ready"}
    return {"type": "Ready", "status": "False", "reason": "ClusterIsNotReady", "message": "Cluster Is Not Ready"}


def archiving(problem: str) -> dict[str, str]:
    """The condition that says whether WAL is archived."""
    kind = "ContinuousArchiving"
    if problem:
        return {"type": kind, "status": "False", "reason": "ContinuousArchivingFailing", "message": problem}
    message = "Continuous archiving is working"
    return {"type": kind, "status": "True", "reason": "ContinuousArchivingSuccess", "message": message}


def backed_up(problem: str) -> dict[str, str]:
    """The condition that says how the last backup went."""
    kind = "LastBackupSucceeded"
    if problem:
        return {"type": kind, "status": "False", "reason": "LastBackupFailed", "message": problem}
    return {"type": kind, "status": "True", "reason": "LastBackupSucceeded", "message": "Backup was successful"}
