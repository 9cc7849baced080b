from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import health
from sandbox.controllers.health import Health


def deployment(*, replicas: int = 2, generation: int = 1, conditions: Any = (), **status: int) -> dict[str, Any]:
    return {
        "kind": "Deployment",
        "metadata": {"name": "d", "generation": generation},
        "spec": {"replicas": replicas},
        "status": {"observedGeneration": 1, "conditions": list(conditions), **status},
    }


DONE = {"replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
REFUSED = {"type": "ReplicaFailure", "status": "True", "message": "violates PodSecurity"}
LATE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}


@pytest.mark.parametrize(
    ("obj", "status", "message"),
    [
        (deployment(**DONE), "Healthy", ""),
        (deployment(**DONE, generation=2), "Progressing", "to see the change"),
        (deployment(updatedReplicas=1), "Progressing", "1 out of 2 new replicas"),
        (deployment(updatedReplicas=2, replicas=2, availableReplicas=1), "Progressing", "1 of 2 updated replicas"),
        (deployment(conditions=[REFUSED]), "Progressing", ": violates PodSecurity"),
        (deployment(conditions=[LATE, REFUSED]), "Degraded", "progress deadline: violates PodSecurity"),
    ],
)
def test_a_deployment_is_healthy_once_every_updated_pod_is_available(
    obj: dict[str, Any], status: str, message: str
) -> None:
    if "replicas" not in obj["status"]:
        obj["status"]["replicas"] = obj["status"].get("updatedReplicas", 0)
    found = health.of(obj)
    assert found is not None
    assert found.status == status
    assert message in found.message


def test_old_replicas_hold_a_rollout_up() -> None:
    found = health.of({**deployment(updatedReplicas=2, availableReplicas=2), "kind": "Deployment"})
    assert found == Health("Healthy")
    rolling = deployment(updatedReplicas=2, availableReplicas=2)
    rolling["status"]["replicas"] = 3
    assert health.of(rolling) == Health("Progressing", "1 old replicas are pending termination")


def test_a_stateful_set_has_to_be_ready_and_updated() -> None:
    obj: dict[str, Any] = {"kind": "StatefulSet", "metadata": {"generation": 1}, "spec": {"replicas": 1}}
    assert health.of({**obj, "status": {"observedGeneration": 1}}) == Health("Progressing", "0 of 1 pods are ready")
    ready = {"observedGeneration": 1, "readyReplicas": 1, "updateRevision": "b", "currentRevision": "a"}
    assert health.of({**obj, "status": ready}) == Health("Progressing", "0 of 1 pods have been updated")
    assert health.of({**obj, "status": {**ready, "currentRevision": "b"}}) == Health("Healthy")


def test_a_load_balancer_waits_for_an_address() -> None:
    obj: dict[str, Any] = {"kind": "Service", "spec": {"type": "LoadBalancer"}}
    found = health.of(obj)
    assert found is not None
    assert found.status == "Progressing"
    assert health.of({**obj, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}}) == Health("Healthy")
    assert health.of({"kind": "Service", "spec": {"type": "ClusterIP"}}) == Health("Healthy")


def test_other_rules() -> None:
    claim = {"kind": "PersistentVolumeClaim", "status": {"phase": "Pending"}}
    assert health.of(claim) == Health("Progressing", "phase is Pending")
    assert health.of({**claim, "status": {"phase": "Lost"}}) == Health("Degraded", "phase is Lost")
    crd = {"kind": "CustomResourceDefinition", "status": {"conditions": [{"type": "Established", "status": "True"}]}}
    assert health.of(crd) == Health("Healthy")
    assert health.of({"kind": "ConfigMap"}) is None
    assert health.of(None) == Health("Missing", "not found in the cluster")


def test_the_worst_of_several_counts() -> None:
    assert health.worst([Health("Healthy"), Health("Progressing", "a"), Health("Healthy")]) == Health(
        "Progressing", "a"
    )
    assert health.worst([Health("Degraded"), Health("Missing")]).status == "Degraded"
    assert health.worst([]) == Health("Healthy")
