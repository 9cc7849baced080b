"""The way through an update that decides how long it takes."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from sandbox.bench.path import Times, critical, told, watched

HEAD = "urn:pulumi:home::homelab::"


def urn(name: str, kind: str = "kubernetes:core/v1:Service") -> str:
    return f"{HEAD}{kind}::{name}"


def state(**needs: list[str]) -> dict[str, Any]:
    """Resources by name, with what each needs."""
    found = [
        {"urn": urn(name), "type": "kubernetes:core/v1:Service", "dependencies": [urn(other) for other in others]}
        for name, others in needs.items()
    ]
    return {"deployment": {"resources": found}}


def times(**spans: tuple[float, float]) -> Times:
    return Times(
        begun={urn(name): begun for name, (begun, _) in spans.items()},
        done={urn(name): done for name, (_, done) in spans.items()},
    )


def test_before_each_comes_what_was_done_last_of_what_it_needs() -> None:
    needs = state(chart=[], fast=[], slow=["chart"], page=["fast", "slow"], aside=[])
    way = critical(times(chart=(0, 5), fast=(0, 1), slow=(5, 9), page=(9, 9.5), aside=(0, 3)), needs)
    assert [(wait.what, wait.seconds) for wait in way] == [
        ("Service chart", 5),
        ("Service slow", 4),
        ("Service page", 0.5),
    ]
    assert told(way, 11) == "Service chart 5.0 s, then Service slow 4.0 s; all else on the way 2.0 s"


def test_whoever_needs_a_component_needs_what_is_in_it() -> None:
    needs = state(inner=[], user=[])
    component = urn("layer", "homelab:kit:ChartApp")
    first, second = needs["deployment"]["resources"]
    first["parent"], second["dependencies"] = component, [component]
    needs["deployment"]["resources"].append({"urn": component, "type": "homelab:kit:ChartApp"})
    way = critical(times(inner=(0, 4), user=(4, 5)), needs)
    assert [wait.what for wait in way] == ["Service inner", "Service user"]


def test_an_update_without_waits_says_so() -> None:
    assert told(critical(Times(), state()), 2) == "nothing for a second; all else on the way 2.0 s"


def test_times_are_those_at_which_events_arrive(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"

    def write(kind: str, *, end: str = "\n") -> None:
        with log.open("a") as file:
            file.write(json.dumps({kind: {"metadata": {"urn": urn("web")}}}) + end)

    with watched(log) as found:
        write("resourcePreEvent")
        time.sleep(0.4)
        write("resOutputsEvent", end="")
        time.sleep(0.1)
        log.write_text(f"{log.read_text()}\n")
    assert 0.3 < found.done[urn("web")] - found.begun[urn("web")] < 2
