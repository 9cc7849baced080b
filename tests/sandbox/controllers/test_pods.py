"""References of pods, and what the simulated kubelet says of dangling ones."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from sandbox.controllers import environment, references, stages, waiting
from sandbox.controllers.hub import Hub
from sandbox.controllers.kubelet import is_due, problem_of
from sandbox.controllers.objects import encode
from sandbox.controllers.references import Reference

SPEC: dict[str, Any] = {
    "initContainers": [{"name": "i", "envFrom": [{"configMapRef": {"name": "settings"}}]}],
    "containers": [
        {
            "name": "c",
            "image": "x",
            "env": [
                {"name": "A", "value": "plain"},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}},
                {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "c", "optional": True}}},
                {"name": "N", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            ],
            "envFrom": [{"secretRef": {"name": "many"}, "prefix": "P_"}],
        }
    ],
    "volumes": [
        {"name": "v", "secret": {"secretName": "tls", "items": [{"key": "tls.crt", "path": "crt"}]}},
        {"name": "w", "projected": {"sources": [{"configMap": {"name": "ca"}}, {"serviceAccountToken": {}}]}},
        {"name": "e", "emptyDir": {}},
    ],
    "imagePullSecrets": [{"name": "pull"}],
}


def test_every_kind_of_reference_is_found() -> None:
    assert list(references.of_pod(SPEC)) == [
        Reference(kind="ConfigMap", name="settings"),
        Reference(kind="Secret", name="login", key="password"),
        Reference(kind="ConfigMap", name="settings", key="c", optional=True),
        Reference(kind="Secret", name="many"),
        Reference(kind="Secret", name="tls", key="tls.crt", mounted=True),
        Reference(kind="ConfigMap", name="ca", mounted=True),
        Reference(kind="Secret", name="pull", optional=True),
    ]


@pytest.mark.parametrize(
    ("reference", "target", "problem"),
    [
        (Reference(kind="Secret", name="s"), None, ("CreateContainerConfigError", 'secret "s" not found')),
        (Reference(kind="Secret", name="s"), {"data": {}}, None),
        (Reference(kind="ConfigMap", name="s", key="k"), {"binaryData": {"k": ""}}, None),
        (
            Reference(kind="ConfigMap", name="s", key="k"),
            {"data": {}},
            ("CreateContainerConfigError", "couldn't find key k in ConfigMap space/s"),
        ),
        (
            Reference(kind="Secret", name="s", mounted=True),
            None,
            ("ContainerCreating", 'MountVolume.SetUp failed: secret "s" not found'),
        ),
    ],
)
def test_dangling_references_are_worded_as_the_kubelet_does(
    reference: Reference, target: dict[str, Any] | None, problem: tuple[str, str] | None
) -> None:
    assert problem_of(reference, target, "space") == problem


def pod(**changes: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"nodeName": "n"}, "status": {"phase": "Pending"}, **changes}


def test_only_scheduled_pods_that_wait_at_the_gate_are_looked_at() -> None:
    assert is_due(pod())
    assert not is_due(pod(spec={}))
    assert not is_due(pod(status={"phase": "Running"}))
    assert not is_due(pod(metadata={"name": "p", "annotations": {stages.GATE: stages.OPEN}}))
    assert not is_due(pod(metadata={"name": "p", "deletionTimestamp": "now"}))


def test_the_gate_is_added_to_the_stage_that_makes_pods_ready_and_to_no_other() -> None:
    ready = {
        "kind": "Stage",
        "metadata": {"name": "pod-ready"},
        "spec": {"selector": {"matchExpressions": [{"key": "a"}]}},
    }
    gated = yaml.safe_load(stages.gate(yaml.safe_dump(ready)))
    key, gate = gated["spec"]["selector"]["matchExpressions"]
    assert key == {"key": "a"}
    assert gate == {"key": f'.metadata.annotations["{stages.GATE}"]', "operator": "In", "values": [stages.OPEN]}
    other = "# kept as it is\nmetadata: {name: pod-delete}\n"
    assert stages.gate(other) == other


def test_the_reason_why_a_workload_waits_is_its_pods(hub: Hub) -> None:
    workload = {
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "space"},
        "spec": {"selector": {"matchLabels": {"app": "d"}}},
    }
    assert waiting.reason_of(hub, workload) == ""
    state = {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "s" not found'}}
    hub.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "d-1", "namespace": "space", "labels": {"app": "d"}},
            "status": {"containerStatuses": [{"state": state}]},
        }
    )
    assert waiting.reason_of(hub, workload) == 'pod d-1: CreateContainerConfigError: secret "s" not found'
    unscheduled = {"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}
    assert waiting.of_pod({"metadata": {"name": "x"}, "status": {"conditions": [unscheduled]}}) == (
        "pod x: 0/3 nodes are available"
    )


def test_a_containers_environment_is_resolved(hub: Hub) -> None:
    def put(kind: str, name: str, data: dict[str, str]) -> None:
        hub.put({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "space"}, "data": data})

    put("Secret", "login", encode({"password": "pässword"}))
    put("Secret", "many", encode({"ONE": "1"}))
    workload = {"metadata": {"name": "d", "namespace": "space"}}
    found = environment.of_container(hub, workload, SPEC["containers"][0])
    assert found == {"P_ONE": "1", "A": "plain", "B": "pässword", "N": "space"}
