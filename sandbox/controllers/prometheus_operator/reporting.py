"""What is said of an object: in its status how its pods are, and in an event why it is passed over."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import objects
from sandbox.controllers.controller import Environment
from sandbox.controllers.objects import namespace_of, now
from sandbox.controllers.prometheus_operator import names
from sandbox.rollouts import condition

ORDER: Final = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
"""Conditions of a pod, by which one it waits for first."""


def report(environment: Environment, obj: kube.Object, selector: Mapping[str, str], problem: str) -> bool:
    """Write an object's status; `problem` is why it cannot be brought about. Whether there was anything new."""
    kind, name = obj["kind"], names.prefixed(obj["kind"], obj["metadata"]["name"])
    stateful_set = environment.hub.get(*names.STATEFUL_SET, name, namespace_of(obj))
    pods = _pods(environment, obj, name) if stateful_set else []
    ready = [pod for pod in pods if _is_ready(pod)]
    newest = (stateful_set or {}).get("status", {}).get("updateRevision")
    updated = [pod for pod in pods if (pod["metadata"].get("labels") or {}).get("controller-revision-hash") == newest]
    numbers = {
        "paused": bool(obj["spec"].get("paused")),
        "replicas": len(pods),
        "updatedReplicas": len(updated),
        "availableReplicas": len(ready),
        "unavailableReplicas": len(pods) - len(ready),
        "selector": ",".join(f"{key}={value}" for key, value in sorted(selector.items())),
    }
    if kind == names.PROMETHEUS[1]:
        shard = {"shardID": "0", **{key: numbers[key] for key in SHARD}}
        numbers |= {"shards": 1, "shardStatuses": [shard]}
    wanted = int(obj["spec"].get("replicas", 1))
    generation = {"observedGeneration": obj["metadata"].get("generation", 1)}
    conditions = [_available(stateful_set, pods, len(ready), wanted) | generation, _reconciled(problem) | generation]
    return objects.report(environment.client, obj, numbers, *conditions, manager=names.MANAGER) is not None


SHARD: Final = ("replicas", "updatedReplicas", "availableReplicas", "unavailableReplicas")


def _available(stateful_set: kube.Object | None, pods: list[kube.Object], ready: int, wanted: int) -> dict[str, Any]:
    status, reason = "True", ""
    if stateful_set is None:
        status, reason = "False", "StatefulSetNotFound"
    elif ready < wanted:
        status, reason = ("Degraded", "SomePodsNotReady") if ready else ("False", "NoPodReady")
    said = [f"pod {pod['metadata']['name']}: {message}" for pod in pods if (message := _message(pod))]
    return {"type": "Available", "status": status, "reason": reason, "message": "\n".join(said)}


def _reconciled(problem: str) -> dict[str, Any]:
    reason = "ReconciliationFailed" if problem else ""
    return {"type": "Reconciled", "status": "False" if problem else "True", "reason": reason, "message": problem}


def _pods(environment: Environment, obj: kube.Object, stateful_set: str) -> list[kube.Object]:
    return [
        pod
        for pod in environment.hub.list(*names.POD, namespace_of(obj))
        if any(
            owner["kind"] == names.STATEFUL_SET[1] and owner["name"] == stateful_set
            for owner in pod["metadata"].get("ownerReferences") or []
        )
    ]


def _is_ready(pod: kube.Object) -> bool:
    running = (pod.get("status") or {}).get("phase") == "Running"
    return running and condition(pod, "Ready").get("status") == "True"


def _message(pod: kube.Object) -> str:
    for kind in ORDER:
        found = condition(pod, kind)
        if found.get("status") == "False":
            return str(found.get("message", ""))
    return ""


def rejected(environment: Environment, obj: kube.Object, reason: str) -> bool:
    """Put it on record, once, that an object is passed over. Whether that was new."""
    meta = obj["metadata"]
    message = f'"{kube.name_of(obj)}" was rejected due to invalid configuration: {reason}'
    digest = hashlib.sha256(f"{meta.get('uid')}{message}".encode()).hexdigest()[:16]
    name, space = f"{meta['name']}.{digest}", namespace_of(obj)
    if environment.client.get(*names.EVENT, name, space) is not None:
        return False
    moment = now()
    environment.client.apply(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": name, "namespace": space},
            "involvedObject": {
                "apiVersion": obj["apiVersion"],
                "kind": obj["kind"],
                "name": meta["name"],
                "namespace": space,
                "uid": meta.get("uid", ""),
            },
            "type": "Warning",
            "reason": "InvalidConfiguration",
            "message": message,
            "source": {"component": names.OPERATOR},
            "firstTimestamp": moment,
            "lastTimestamp": moment,
            "count": 1,
        },
        names.MANAGER,
    )
    return True
