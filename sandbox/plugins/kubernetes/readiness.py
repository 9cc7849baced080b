"""When an object of a kind that the API has an opinion on counts as ready; every other kind is ready at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.kube import Object
from sandbox.plugins.kubernetes.identity import Identity
from sandbox.plugins.kubernetes.quantity import amount
from sandbox.plugins.kubernetes.verdict import READY, Probe, Verdict, failed, waiting
from sandbox.rollouts import Rollout, condition


def probe_of(identity: Identity) -> Probe | None:
    """What decides on the readiness of an object of this kind by the object alone."""
    return PROBES.get((identity.group, identity.kind))


def _status(obj: Object) -> Mapping[str, Any]:
    return obj.get("status") or {}


def _observed(obj: Object) -> bool:
    return bool(_status(obj).get("observedGeneration", 0) >= obj["metadata"].get("generation", 1))


def _told(entry: Mapping[str, Any]) -> str:
    """A condition's reason and message."""
    return ": ".join(str(entry[key]) for key in ("reason", "message") if entry.get(key))


def _deployment(obj: Object) -> Verdict:
    rollout = Rollout.of(obj)
    if not rollout.observed:
        return waiting("the deployment controller has not seen it yet")
    if obj["spec"].get("paused"):
        return READY
    if rollout.overdue:
        return failed(_told(condition(obj, "Progressing")))
    updated, wanted, available = rollout.updated, rollout.wanted, rollout.available
    missing = [
        *([f"{updated} of {wanted} pods have the new template"] if updated < wanted else []),
        *([f"{rollout.outdated} pods of the old template are still there"] if rollout.outdated else []),
        *([f"{available} of {wanted} pods are available"] if available < wanted else []),
    ]
    return waiting(*missing, *_failure(obj)) if missing else READY


def _failure(obj: Object) -> tuple[str, ...]:
    entry = condition(obj, "ReplicaFailure")
    return (_told(entry),) if entry.get("status") == "True" else ()


def _stateful_set(obj: Object) -> Verdict:
    rollout, strategy = Rollout.of(obj), obj["spec"].get("updateStrategy") or {}
    if not rollout.observed:
        return waiting("the stateful set controller has not seen it yet")
    if rollout.ready < rollout.wanted:
        return waiting(f"{rollout.ready} of {rollout.wanted} pods are ready")
    due = rollout.wanted - (strategy.get("rollingUpdate") or {}).get("partition", 0)
    if strategy.get("type", "RollingUpdate") == "RollingUpdate" and rollout.updated < due:
        return waiting(f"{rollout.updated} of {due} pods have the new template")
    return READY


def _daemon_set(obj: Object) -> Verdict:
    status = _status(obj)
    if not _observed(obj):
        return waiting("the daemon set controller has not seen it yet")
    wanted = status.get("desiredNumberScheduled", 0)
    updated, available = status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)
    if (obj["spec"].get("updateStrategy") or {}).get("type") != "OnDelete" and updated < wanted:
        return waiting(f"{updated} of {wanted} pods have the new template")
    return READY if available >= wanted else waiting(f"{available} of {wanted} pods are available")


def _job(obj: Object) -> Verdict:
    if obj["spec"].get("suspend") or condition(obj, "Complete").get("status") == "True":
        return READY
    broken = condition(obj, "Failed")
    if broken.get("status") == "True":
        return failed(_told(broken))
    done = _status(obj).get("succeeded", 0)
    return waiting(f"{done} of {obj['spec'].get('completions', 1)} completions")


def _pod(obj: Object) -> Verdict:
    status = _status(obj)
    if status.get("phase") == "Succeeded" or condition(obj, "Ready").get("status") == "True":
        return READY
    told = pod_troubles(obj) or (f"phase {status.get('phase', 'unknown')}",)
    return failed(*told) if status.get("phase") == "Failed" else waiting(*told)


def pod_troubles(pod: Object) -> tuple[str, ...]:
    """What keeps a pod from being ready, container by container."""
    status, name = _status(pod), pod["metadata"]["name"]
    told = []
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        told.append(f"pod {name} is not scheduled: {_told(scheduled)}")
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = container.get("state") or {}
        trouble = state.get("waiting") or state.get("terminated") or {}
        if trouble.get("reason") not in (None, "Completed", "PodInitializing"):
            told.append(f"pod {name}, container {container['name']}: {_told(trouble)}")
    return tuple(told)


def _phase(*wanted: str) -> Probe:
    def probe(obj: Object) -> Verdict:
        phase = _status(obj).get("phase")
        return READY if phase in wanted else waiting(f"phase {phase or 'unknown'}, expected {' or '.join(wanted)}")

    return probe


def _crd(obj: Object) -> Verdict:
    refused = condition(obj, "NamesAccepted")
    if refused.get("status") == "False":
        return failed(f"its names are taken: {_told(refused)}")
    return READY if condition(obj, "Established").get("status") == "True" else waiting("it is not established yet")


def _quota(obj: Object) -> Verdict:
    wanted, seen = obj["spec"].get("hard") or {}, _status(obj).get("hard") or {}
    same = all(key in seen and amount(value) == amount(seen[key]) for key, value in wanted.items())
    return READY if same else waiting("the quota controller has not seen it yet")


def _token(obj: Object) -> Verdict:
    """A Secret is ready at once, but for one that the token controller fills."""
    empty = obj.get("type") == "kubernetes.io/service-account-token" and not obj.get("data")
    return waiting("no token was put into it") if empty else READY


PROBES: Final[Mapping[tuple[str, str], Probe]] = {
    ("", "Namespace"): _phase("Active"),
    ("", "PersistentVolume"): _phase("Available", "Bound"),
    ("", "Pod"): _pod,
    ("", "ResourceQuota"): _quota,
    ("", "Secret"): _token,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _crd,
    ("apps", "DaemonSet"): _daemon_set,
    ("apps", "Deployment"): _deployment,
    ("apps", "StatefulSet"): _stateful_set,
    ("batch", "Job"): _job,
}
