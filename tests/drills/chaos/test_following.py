"""Which pods have an old value of a secret."""

from __future__ import annotations

from typing import Any

from drills.chaos.following import old_values
from sandbox.controllers import started
from sandbox.controllers.objects import encode
from tests.support.live_objects import LiveObjects

SPEC: dict[str, Any] = {"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "login"}}]}]}


def secret(namespace: str, value: str) -> dict[str, Any]:
    meta = {"name": "login", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": encode({"password": value})}


def pod(name: str, read: str, **meta: Any) -> dict[str, Any]:
    """A pod that has started when its Secret had that value."""
    notes = started.read(SPEC, {"login": secret("a", read)}.get)
    metadata = {"name": name, "namespace": "a", "annotations": notes, **meta}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": SPEC}


def test_a_pod_with_an_old_value_is_named_with_the_secret() -> None:
    cluster = LiveObjects([secret("a", "new"), secret("b", "old"), pod("late", "new"), pod("early", "old")])
    assert list(old_values(cluster)) == ["Pod a/early: it has an old value of Secret login"]


def test_a_pod_that_is_going_is_nobodys_trouble() -> None:
    cluster = LiveObjects([secret("a", "new"), pod("early", "old", deletionTimestamp="2026-01-01T00:00:00Z")])
    assert list(old_values(cluster)) == []
