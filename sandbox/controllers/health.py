"""The health of an object as Argo CD judges it, with the reason in words.

Covered are the kinds that the charts bring and the ones for which Argo CD has a built-in rule and the platform uses
them; every other kind has no health of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from sandbox.rollouts import Rollout, condition

Object = Mapping[str, Any]


class Health(NamedTuple):
    """A status and the reason for it."""

    status: str
    message: str = ""


HEALTHY: Final = Health("Healthy")
ORDER: Final = ("Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown")
"""From best to worst: an Application is as healthy as its worst object."""


def worst(healths: Iterable[Health]) -> Health:
    """The worst of them; healthy if there is none."""
    return max(healths, key=lambda health: ORDER.index(health.status), default=HEALTHY)


def of(obj: Object | None) -> Health | None:
    """The health of a live object, None if its kind has none."""
    if obj is None:
        return Health("Missing", "not found in the cluster")
    rule = RULES.get(obj["kind"])
    return rule(obj) if rule else None


def _deployment(obj: Object) -> Health:
    rollout = Rollout.of(obj)
    if not rollout.observed:
        return Health("Progressing", "waiting for the deployment controller to see the change")
    if rollout.overdue:
        return Health("Degraded", f"exceeded its progress deadline{_failure(obj)}")
    if rollout.updated < rollout.wanted:
        made = f"{rollout.updated} out of {rollout.wanted} new replicas have been made"
        return Health("Progressing", f"{made}{_failure(obj)}")
    if rollout.outdated:
        return Health("Progressing", f"{rollout.outdated} old replicas are pending termination")
    if rollout.available < rollout.updated:
        available = f"{rollout.available} of {rollout.updated} updated replicas are available"
        return Health("Progressing", f"{available}{_failure(obj)}")
    return HEALTHY


def _failure(obj: Object) -> str:
    failure = condition(obj, "ReplicaFailure")
    return f": {failure['message']}" if failure.get("status") == "True" else ""


def _stateful_set(obj: Object) -> Health:
    rollout, status = Rollout.of(obj), obj.get("status") or {}
    if not rollout.observed:
        return Health("Progressing", "waiting for the statefulset controller to see the change")
    if rollout.ready < rollout.wanted:
        return Health("Progressing", f"{rollout.ready} of {rollout.wanted} pods are ready")
    if status.get("updateRevision") != status.get("currentRevision"):
        return Health("Progressing", f"{rollout.updated} of {rollout.wanted} pods have been updated")
    return HEALTHY


def _daemon_set(obj: Object) -> Health:
    status = obj.get("status") or {}
    if status.get("observedGeneration", 0) < obj["metadata"].get("generation", 1):
        return Health("Progressing", "waiting for the daemonset controller to see the change")
    wanted = status.get("desiredNumberScheduled", 0)
    for key, what in (("updatedNumberScheduled", "have been updated"), ("numberAvailable", "are available")):
        if status.get(key, 0) < wanted:
            return Health("Progressing", f"{status.get(key, 0)} of {wanted} pods {what}")
    return HEALTHY


def _service(obj: Object) -> Health:
    if obj["spec"].get("type") != "LoadBalancer" or _load_balancer(obj):
        return HEALTHY
    return Health("Progressing", "type is LoadBalancer and nobody has given it an address")


def _ingress(obj: Object) -> Health:
    return HEALTHY if _load_balancer(obj) else Health("Progressing", "no ingress controller has given it an address")


def _load_balancer(obj: Object) -> bool:
    return bool(((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress"))


def _claim(obj: Object) -> Health:
    phase = (obj.get("status") or {}).get("phase")
    if phase == "Bound":
        return HEALTHY
    return Health("Degraded" if phase == "Lost" else "Progressing", f"phase is {phase}")


def _crd(obj: Object) -> Health:
    if condition(obj, "NamesAccepted").get("status") == "False":
        return Health("Degraded", condition(obj, "NamesAccepted").get("message", ""))
    if condition(obj, "Established").get("status") == "True":
        return HEALTHY
    return Health("Progressing", "not established yet")


RULES: Final[Mapping[str, Callable[[Object], Health]]] = {
    "CustomResourceDefinition": _crd,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Ingress": _ingress,
    "PersistentVolumeClaim": _claim,
    "Service": _service,
    "StatefulSet": _stateful_set,
}
