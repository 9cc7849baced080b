"""What a pod has read of Secrets as it started."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import started
from sandbox.controllers.objects import encode

SPEC: dict[str, Any] = {
    "containers": [
        {
            "name": "c",
            "env": [{"name": "B", "valueFrom": {"secretKeyRef": {"name": "login", "key": "password"}}}],
            "envFrom": [{"secretRef": {"name": "many"}}],
        }
    ],
    "volumes": [{"name": "v", "secret": {"secretName": "tls", "items": [{"key": "tls.crt", "path": "crt"}]}}],
}


def secrets() -> dict[str, dict[str, Any]]:
    values = {
        "login": {"password": "old", "username": "one"},
        "many": {"a": "old", "b": "old"},
        "tls": {"tls.crt": "old", "tls.key": "old"},
    }
    return {name: {"data": encode(data)} for name, data in values.items()}


def outdated(**changed: dict[str, str]) -> list[str]:
    """What of it a pod has read otherwise that started before some values changed."""
    before, now = secrets(), secrets()
    for name, data in changed.items():
        now[name]["data"].update(encode(data))
    pod = {"metadata": {"annotations": started.read(SPEC, before.get)}, "spec": SPEC}
    return list(started.outdated(pod, now.get))


def test_no_value_is_noted() -> None:
    assert "old" not in str(started.read(SPEC, secrets().get))
    assert encode({"a": "old"})["a"] not in str(started.read(SPEC, secrets().get))


def test_a_pod_that_started_with_what_is_there_now_is_up_to_date() -> None:
    assert outdated() == []


@pytest.mark.parametrize(("name", "key"), [("login", "password"), ("many", "a"), ("many", "new"), ("tls", "tls.crt")])
def test_a_pod_is_outdated_once_what_it_has_read_is_another(name: str, key: str) -> None:
    assert outdated(**{name: {key: "new"}}) == [name]


@pytest.mark.parametrize(("name", "key"), [("login", "username"), ("tls", "tls.key")])
def test_what_it_has_not_read_may_change(name: str, key: str) -> None:
    assert outdated(**{name: {key: "new"}}) == []


def test_a_value_is_held_against_what_was_read() -> None:
    pod = {"metadata": {"annotations": started.read(SPEC, secrets().get)}, "spec": SPEC}
    assert started.has_read(pod, "login", {"password": "old"})
    assert not started.has_read(pod, "login", {"password": "new"})
    assert not started.has_read(pod, "elsewhere", {"password": "old"})
    assert not started.has_read({"metadata": {}, "spec": SPEC}, "login", {"password": "old"})


def test_a_secret_that_is_gone_is_not_what_was_read() -> None:
    pod = {"metadata": {"annotations": started.read(SPEC, secrets().get)}, "spec": SPEC}
    rest = {name: secret for name, secret in secrets().items() if name != "many"}
    assert list(started.outdated(pod, rest.get)) == ["many"]


def test_a_pod_that_has_not_started_has_read_nothing() -> None:
    assert list(started.outdated({"metadata": {}, "spec": SPEC}, secrets().get)) == []
