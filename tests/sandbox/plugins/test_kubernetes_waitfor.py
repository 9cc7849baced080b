from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.plugins.kubernetes import jsonpath, waitfor

THING: dict[str, Any] = {
    "metadata": {"annotations": {"a.b/c": "x"}, "name": "t"},
    "spec": {"replicas": 3, "on": True, "list": [{"n": 1, "v": "a"}, {"n": 2, "v": "b"}]},
    "status": {
        "phase": "Running",
        "ingress": [{"ip": "1.2.3.4"}],
        "conditions": [
            {"type": "Ready", "status": "False", "reason": "Busy", "message": "still at it"},
            {"type": "Synced", "status": "True"},
        ],
    },
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".status.phase", ["Running"]),
        (".status.conditions[?(@.type=='Ready')].status", ["False"]),
        ('.status.conditions[?(@.type=="Synced")].status', ["True"]),
        (".spec.list[?(@.n==2)].v", ["b"]),
        (".spec.list[0].v", ["a"]),
        (".spec.list[-1].v", ["b"]),
        (".spec.list[*].v", ["a", "b"]),
        (".metadata.annotations['a.b/c']", ["x"]),
        (r".metadata.annotations.a\.b/c", ["x"]),
        (".nowhere.at.all", []),
        (".spec.list[9].v", []),
        (".status.phase[0]", []),
    ],
)
def test_paths(path: str, found: list[Any]) -> None:
    assert jsonpath.find(jsonpath.parse(path), THING) == found


@pytest.mark.parametrize("path", ["", "status", ".a[", ".a..b", ".a[?(@.b>1)]"])
def test_paths_that_are_not_understood(path: str) -> None:
    with pytest.raises(ValueError, match="JSONPath"):
        jsonpath.parse(path)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("jsonpath={.status.phase}=Running", ()),
        ("jsonpath={.status.phase}", ()),
        ("jsonpath={.status.ingress}", ()),
        ("jsonpath={.spec.replicas}=3", ()),
        ("jsonpath={.spec.on}=true", ()),
        ("jsonpath={.status.phase}=Done", ("{.status.phase} is Running, expected Done",)),
        ("jsonpath={.status.phase}=a=b", ("{.status.phase} is Running, expected a=b",)),
        ("jsonpath={.status.url}", ("{.status.url} is not set",)),
        ("condition=Synced", ()),
        ("condition=Ready=False", ()),
        ("condition=Ready=false", ()),
        ("condition=Ready", ("condition Ready is False, expected True (Busy: still at it)",)),
        ("condition=None", ("condition None is not set, expected True",)),
        (
            json.dumps(["jsonpath={.status.health}=Healthy", "condition=Synced", "condition=Ready=True"]),
            (
                "{.status.health} is not set, expected Healthy",
                "condition Ready is False, expected True (Busy: still at it)",
            ),
        ),
    ],
)
def test_conditions(text: str, missing: tuple[str, ...]) -> None:
    assert waitfor.probe_of(text)(THING).missing == missing


@pytest.mark.parametrize(
    "text", ["Ready", "condition=", "jsonpath=.status.phase", "jsonpath={.a}x", "[]", "[1]", "jsonpath={}", '["x"]']
)
def test_conditions_that_are_not_understood(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected|JSONPath"):
        waitfor.probe_of(text)
