from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins.kubernetes.identity import Identity
from sandbox.plugins.kubernetes.readiness import pod_troubles, probe_of
from sandbox.plugins.kubernetes.verdict import Verdict


def verdict(api_version: str, kind: str, spec: dict[str, Any], status: dict[str, Any], **more: Any) -> Verdict:
    probe = probe_of(Identity(api_version=api_version, kind=kind, name="a"))
    assert probe is not None
    return probe({"metadata": {"name": "a", "generation": 2}, "spec": spec, "status": status, **more})


def conditions(*entries: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"type": kind, "status": status, "reason": reason, "message": "why"} for kind, status, reason in entries]


ROLLED_OUT = {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (ROLLED_OUT, ""),
        ({**ROLLED_OUT, "observedGeneration": 1}, "has not seen it yet"),
        ({}, "has not seen it yet"),
        ({**ROLLED_OUT, "updatedReplicas": 1, "replicas": 1}, "1 of 2 pods have the new template"),
        ({**ROLLED_OUT, "replicas": 3}, "1 pods of the old template are still there"),
        ({**ROLLED_OUT, "availableReplicas": 1}, "1 of 2 pods are available"),
        (
            {"observedGeneration": 2, "conditions": conditions(("ReplicaFailure", "True", "FailedCreate"))},
            "FailedCreate: why",
        ),
    ],
)
def test_a_deployment(status: dict[str, Any], told: str) -> None:
    found = verdict("apps/v1", "Deployment", {"replicas": 2}, status)
    assert told in "; ".join(found.missing)
    assert found.ready is (told == "")
    assert not found.fatal


def test_a_deployment_that_ran_out_of_time_is_given_up() -> None:
    status = {**ROLLED_OUT, "conditions": conditions(("Progressing", "False", "ProgressDeadlineExceeded"))}
    found = verdict("apps/v1", "Deployment", {"replicas": 2}, status)
    assert found == Verdict(missing=("ProgressDeadlineExceeded: why",), fatal=True)


def test_a_paused_deployment_is_not_waited_for() -> None:
    assert verdict("apps/v1", "Deployment", {"paused": True}, {"observedGeneration": 2}).ready


@pytest.mark.parametrize(
    ("kind", "spec", "status", "ready"),
    [
        ("StatefulSet", {"replicas": 1}, {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 1}, True),
        ("StatefulSet", {"replicas": 2}, {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 2}, False),
        ("StatefulSet", {"replicas": 1}, {"observedGeneration": 2, "readyReplicas": 1, "updatedReplicas": 0}, False),
        (
            "StatefulSet",
            {"replicas": 2, "updateStrategy": {"rollingUpdate": {"partition": 1}}},
            {"observedGeneration": 2, "readyReplicas": 2, "updatedReplicas": 1},
            True,
        ),
        (
            "StatefulSet",
            {"replicas": 1, "updateStrategy": {"type": "OnDelete"}},
            {"observedGeneration": 2, "readyReplicas": 1},
            True,
        ),
        ("StatefulSet", {}, {"observedGeneration": 1}, False),
        (
            "DaemonSet",
            {},
            {"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1, "numberAvailable": 1},
            True,
        ),
        ("DaemonSet", {}, {"observedGeneration": 2, "desiredNumberScheduled": 1, "updatedNumberScheduled": 1}, False),
        ("DaemonSet", {}, {"observedGeneration": 2, "desiredNumberScheduled": 1, "numberAvailable": 1}, False),
        ("DaemonSet", {}, {"observedGeneration": 1}, False),
        ("DaemonSet", {}, {"observedGeneration": 2}, True),
    ],
)
def test_sets_of_pods(kind: str, spec: dict[str, Any], status: dict[str, Any], ready: bool) -> None:
    assert verdict("apps/v1", kind, spec, status).ready is ready


def test_a_job_completes_or_fails() -> None:
    assert verdict("batch/v1", "Job", {}, {"conditions": conditions(("Complete", "True", ""))}).ready
    assert verdict("batch/v1", "Job", {"suspend": True}, {}).ready
    assert verdict("batch/v1", "Job", {"completions": 2}, {"succeeded": 1}).missing == ("1 of 2 completions",)
    broken = verdict("batch/v1", "Job", {}, {"conditions": conditions(("Failed", "True", "BackoffLimitExceeded"))})
    assert broken.fatal


def test_a_pod_says_what_its_containers_suffer_from() -> None:
    status = {
        "phase": "Pending",
        "conditions": conditions(("PodScheduled", "False", "Unschedulable")),
        "containerStatuses": [
            {"name": "c", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}},
            {"name": "d", "state": {"waiting": {"reason": "PodInitializing"}}},
        ],
        "initContainerStatuses": [{"name": "i", "state": {"terminated": {"reason": "Error"}}}],
    }
    told = pod_troubles({"metadata": {"name": "p"}, "status": status})
    assert told == (
        "pod p is not scheduled: Unschedulable: why",
        "pod p, container i: Error",
        "pod p, container c: ImagePullBackOff: no such image",
    )
    assert verdict("v1", "Pod", {}, {"phase": "Pending"}).missing == ("phase Pending",)
    assert verdict("v1", "Pod", {}, {"phase": "Failed"}).fatal
    assert verdict("v1", "Pod", {}, {"phase": "Succeeded"}).ready
    assert verdict("v1", "Pod", {}, {"conditions": conditions(("Ready", "True", ""))}).ready


def test_other_kinds() -> None:
    assert verdict("v1", "Namespace", {}, {"phase": "Active"}).ready
    assert verdict("v1", "PersistentVolume", {}, {"phase": "Pending"}).missing == (
        "phase Pending, expected Available or Bound",
    )
    assert verdict("v1", "ResourceQuota", {"hard": {"memory": "1024Gi"}}, {"hard": {"memory": "1Ti"}}).ready
    assert not verdict("v1", "ResourceQuota", {"hard": {"memory": "1Gi"}}, {}).ready
    assert verdict("v1", "Secret", {}, {}, type="Opaque").ready
    assert not verdict("v1", "Secret", {}, {}, type="kubernetes.io/service-account-token").ready
    crd = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    assert verdict(*crd, {}, {"conditions": conditions(("Established", "True", ""))}).ready
    assert verdict(*crd, {}, {"conditions": conditions(("NamesAccepted", "False", "Conflict"))}).fatal
    assert not verdict(*crd, {}, {}).ready
    assert probe_of(Identity(api_version="v1", kind="ConfigMap", name="a")) is None
