"""Why a workload's pods do not start, in the words of whoever holds them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import namespace_of, pods_of
from sandbox.rollouts import condition


def reason_of(hub: Hub, workload: Mapping[str, Any]) -> str:
    """The first reason found among a Deployment's or StatefulSet's pods, empty if there is none."""
    if workload["kind"] not in ("Deployment", "StatefulSet"):
        return ""
    for pod in pods_of(workload, hub.list("v1", "Pod", namespace_of(workload))):
        reason = of_pod(pod)
        if reason:
            return reason
    return ""


def of_pod(pod: Mapping[str, Any]) -> str:
    """Why a pod does not start: not scheduled, or a container that waits. Empty if it starts."""
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        return f"pod {pod['metadata']['name']}: {scheduled.get('message', 'not scheduled')}"
    status = pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        waiting = (container.get("state") or {}).get("waiting") or {}
        if waiting.get("message"):
            return f"pod {pod['metadata']['name']}: {waiting.get('reason', '')}: {waiting['message']}"
    return ""
