"""What a kubelet checks before it starts a pod: that every Secret, ConfigMap and key that the pod refers to exists.

kwok makes pods ready without looking. Its stage `pod-ready` is therefore gated (`stages.py`): it takes effect once this
controller has put an annotation on the pod. A pod with a dangling reference waits, with the kubelet's own words as the
reason, and starts when what it lacks appears. No container runs; where others rely on what one does, it is done before
its pod starts, and a pod for which that cannot be done is one that ends again and again.

Not covered: everything else that a kubelet does, such as pulling images, probes, and mounting volumes. Claims are
the scheduler's matter, ServiceAccounts the API server's, and both run for real.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import references, started
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.objects import namespace_of, notes_of, patch, split
from sandbox.controllers.references import Reference
from sandbox.controllers.stages import GATE, OPEN

POD: Final = ("v1", "Pod")
MANAGER: Final = "kubelet"
LOOK_AGAIN_SECONDS: Final = 5.0

Program = Callable[[kube.Object], str]
"""Does what a pod's containers do; why they end with an error, empty if they do not, or if it plays other pods."""


class Kubelet(Controller):
    """Reconciles pods that are scheduled and not started; keys are `namespace/name`."""

    name = "kubelet"

    def __init__(self, environment: Environment, programs: Sequence[Program] = ()) -> None:
        super().__init__(environment)
        self._programs = programs
        self._waiting: set[str] = set()
        self._lock = threading.Lock()

    def setup(self) -> None:
        """Look at pods, and at what they may refer to."""
        self.hub.on(*POD, self._pod_changed)
        for kind in ("Secret", "ConfigMap"):
            self.hub.on("v1", kind, self._target_changed)

    def _pod_changed(self, event: str, pod: kube.Object) -> None:
        if event != "DELETED" and is_due(pod):
            self.queue.add(kube.name_of(pod))

    def _target_changed(self, _event: str, target: kube.Object) -> None:
        with self._lock:
            waiting = [key for key in self._waiting if split(key)[0] == namespace_of(target)]
        for key in waiting:
            self.queue.add(key)

    def reconcile(self, key: str) -> float | None:
        """Let one pod start, or say on it why it cannot."""
        namespace, name = split(key)
        pod = self.hub.get(*POD, name, namespace)
        if pod is None or not is_due(pod):
            self._wait(key, waits=False)
            return None
        problem = self._problem(pod["spec"], namespace) or self._failure(pod)
        self._wait(key, waits=problem is not None)
        if problem is None:
            read = started.read(pod["spec"], lambda secret: self._live("Secret", secret, namespace))
            patch(self.client, pod, {"metadata": {"annotations": {GATE: OPEN, **read}}}, MANAGER)
            return None
        reason, message = problem
        self.say(key, f"{reason}: {message}")
        status = {
            "containerStatuses": [_waiting(container, reason, message) for container in pod["spec"]["containers"]]
        }
        if _reasons(pod) != {(reason, message)}:
            patch(self.client, pod, {"status": status}, MANAGER, status=True)
        return LOOK_AGAIN_SECONDS

    def _wait(self, key: str, *, waits: bool) -> None:
        with self._lock:
            (self._waiting.add if waits else self._waiting.discard)(key)

    def _problem(self, pod_spec: Mapping[str, Any], namespace: str) -> tuple[str, str] | None:
        for reference in references.of_pod(pod_spec):
            if reference.optional:
                continue
            target = self.hub.get("v1", reference.kind, reference.name, namespace)
            problem = problem_of(reference, target, namespace)
            if problem:
                # The copy may be behind: a pod often comes a moment after what it refers to.
                target = self.client.get("v1", reference.kind, reference.name, namespace)
                problem = problem_of(reference, target, namespace)
            if problem:
                return problem
        return None

    def _live(self, kind: str, name: str, namespace: str) -> kube.Object | None:
        """An object that there is; the copy may be behind: a pod often comes a moment after what it refers to."""
        return self.hub.get("v1", kind, name, namespace) or self.client.get("v1", kind, name, namespace)

    def _failure(self, pod: kube.Object) -> tuple[str, str] | None:
        why = next((said for program in self._programs if (said := program(pod))), "")
        return ("CrashLoopBackOff", why) if why else None


def is_due(pod: Mapping[str, Any]) -> bool:
    """Whether a pod is on a node and has neither started nor been let start."""
    meta = pod["metadata"]
    scheduled = bool(pod["spec"].get("nodeName")) and (pod.get("status") or {}).get("phase", "Pending") == "Pending"
    return scheduled and "deletionTimestamp" not in meta and notes_of(pod).get(GATE) != OPEN


def problem_of(reference: Reference, target: Mapping[str, Any] | None, namespace: str) -> tuple[str, str] | None:
    """Reason and message of a dangling reference, as the kubelet words them; None if it resolves."""
    kind = reference.kind.lower()
    if target is None:
        message = f'{kind} "{reference.name}" not found'
    elif reference.key is not None and not _has(target, reference.key):
        message = f"couldn't find key {reference.key} in {reference.kind} {namespace}/{reference.name}"
    else:
        return None
    if reference.mounted:
        return "ContainerCreating", f"MountVolume.SetUp failed: {message}"
    return "CreateContainerConfigError", message


def _has(target: Mapping[str, Any], key: str) -> bool:
    return key in (target.get("data") or {}) or key in (target.get("binaryData") or {})


def _waiting(container: Mapping[str, Any], reason: str, message: str) -> dict[str, Any]:
    return {
        "name": container["name"],
        "image": container["image"],
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": {"reason": reason, "message": message}},
    }


def _reasons(pod: Mapping[str, Any]) -> set[tuple[str, str]]:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    waiting = [(status.get("state") or {}).get("waiting") or {} for status in statuses]
    return {(state.get("reason", ""), state.get("message", "")) for state in waiting}
