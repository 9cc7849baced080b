from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import objects, outcome
from sandbox.controllers.controller import WorkQueue
from sandbox.controllers.health import Health
from sandbox.controllers.installer import is_kept, stamped


@pytest.mark.parametrize(
    ("live", "desired", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 2}, False),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}, False),
        ({"a": [{"x": 1, "default": True}]}, {"a": [{"x": 1}]}, True),
        ({}, {"a": "", "b": {}, "c": 0, "d": False}, True),
        ({"a": None}, {"a": []}, True),
        ({"a": None}, {"a": [1]}, False),
        ({}, {"a": "x"}, False),
        ({"requests": {"cpu": "200m"}}, {"requests": {"cpu": 0.2}}, True),
        ({"requests": {"cpu": "200m"}}, {"requests": {"cpu": 2}}, False),
        ({"cpu": "200m"}, {"cpu": 0.2}, False),
        ("text", {"a": 1}, False),
    ],
)
def test_a_live_object_contains_what_is_desired(live: Any, desired: Any, *, same: bool) -> None:
    assert objects.contains(live, desired) is same


def test_a_condition_keeps_its_time_while_its_status_stays() -> None:
    old = {"type": "Ready", "status": "True", "lastTransitionTime": "then", "message": "a"}
    obj = {"status": {"conditions": [{"type": "Other", "status": "True"}, old]}}
    same = objects.with_condition(obj, {"type": "Ready", "status": "True", "message": "b"})
    assert same[1]["lastTransitionTime"] == "then"
    assert same[1]["message"] == "b"
    changed = objects.with_condition(obj, {"type": "Ready", "status": "False"})
    assert changed[1]["lastTransitionTime"] != "then"
    assert objects.same_but_times({"conditions": [old]}, {"conditions": [{**old, "lastTransitionTime": "now"}]})


def test_secrets_are_encoded_and_decoded() -> None:
    secret = {"data": objects.encode({"k": "wört"})}
    assert objects.decoded(secret, "k") == "wört"
    assert objects.decoded(secret, "other") is None
    assert objects.split("space/name") == ("space", "name")
    assert objects.split("name") == ("", "name")


def test_installed_objects_are_stamped() -> None:
    keep = {"helm.sh/resource-policy": "keep"}
    service = {"kind": "Service", "metadata": {"name": "s", "annotations": keep}}
    role = {"kind": "Role", "metadata": {"name": "r"}}
    first, second = stamped([service, role], lambda obj: {"owner": obj["kind"]})
    assert first["metadata"]["annotations"] == {**keep, "owner": "Service"}
    assert second["metadata"]["annotations"] == {"owner": "Role"}
    assert is_kept(first)
    assert not is_kept(second)
    assert "annotations" not in role["metadata"]


def test_an_applications_status_says_what_is_wrong() -> None:
    app = {"spec": {"source": {"targetRevision": "1.0.0"}}}
    refused = outcome.Outcome.refused("InvalidSpecError", "no such project")
    status = refused.status(app)
    assert (status["sync"]["status"], status["health"]["status"]) == ("Unknown", "Unknown")
    assert status["conditions"][0]["message"] == "no such project"
    assert status["operationState"]["phase"] == "Failed"
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": "space"}}
    line = outcome.resource(obj, Health("Progressing", "0 of 1"), synced=True)
    assert line == {
        "group": "apps",
        "version": "v1",
        "kind": "Deployment",
        "name": "d",
        "namespace": "space",
        "status": "Synced",
        "health": {"status": "Progressing", "message": "0 of 1"},
    }
    waiting = outcome.Outcome(sync="Synced", health=Health("Progressing"), resources=[line])
    assert not waiting.done
    assert waiting.status(app)["operationState"]["message"] == "Deployment d: 0 of 1"
    assert outcome.Outcome(sync="Synced", health=Health("Healthy")).done


def test_the_queue_holds_each_key_once_and_keeps_the_earliest_time() -> None:
    queue = WorkQueue()
    queue.add("late", 30)
    queue.add("now")
    queue.add("now")
    queue.add("late", 0.01)
    assert queue.take(0.0) == "now"
    assert queue.take(0.5) == "late"
    assert queue.take(0.01) is None
