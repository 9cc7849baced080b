"""What people read after an update: what is gone first, each thing by the part of the platform that it is in."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from rich.console import Console

from telling import reading, summary
from telling.model import Preview

STACK = "urn:pulumi:home::homelab::pulumi:pulumi:Stack::homelab-home"
LAYER = "urn:pulumi:home::homelab::homelab:apps:Applications::apps"


def app(name: str) -> str:
    return f"urn:pulumi:home::homelab::homelab:apps:Applications$homelab:kit:DeployedApp::{name}"


def outputs(op: str, kind: str, name: str, parent: str, **more: Any) -> dict[str, Any]:
    """An event of the log: a step that was done."""
    urn = f"{parent.rpartition('::')[0]}${kind}::{name}"
    state = {"parent": parent, "inputs": {}}
    old = None if op == "create" else {**state, **more.pop("old", {})}
    return {"resOutputsEvent": {"metadata": {"op": op, "urn": urn, "old": old, "new": state, **more}}}


def component(urn: str, parent: str) -> dict[str, Any]:
    return {"resOutputsEvent": {"metadata": {"op": "same", "urn": urn, "new": {"parent": parent}}}}


def told(*events: dict[str, Any], same: int = 3) -> Preview:
    apps = {event["resOutputsEvent"]["metadata"]["new"]["parent"] for event in events}
    parts = [component(LAYER, STACK), *(component(urn, LAYER) for urn in sorted(apps - {LAYER}))]
    end = {"summaryEvent": {"resourceChanges": {"same": same}}}
    return reading.of_events(json.dumps(event) for event in [*parts, *events, end])


def shown(preview: Preview, *, done: bool = True, width: int = 60) -> str:
    out = io.StringIO()
    summary.show(preview, Console(file=out, width=width), done=done)
    return out.getvalue()


def test_what_holds_data_is_told_first_and_by_the_part_that_it_is_in() -> None:
    text = shown(
        told(
            outputs("create", "kubernetes:core/v1:Service", "new", app("freshrss")),
            outputs("update", "kubernetes:apps/v1:Deployment", "web", app("n8n"), detailedDiff={"spec.replicas": {}}),
            outputs("delete", "kubernetes:core/v1:Service", "old", app("n8n")),
            outputs("delete", "kubernetes:core/v1:PersistentVolumeClaim", "notes", app("navidrome")),
        )
    )
    places = [
        text.index(words)
        for words in (
            "apps/navidrome: PersistentVolumeClaim notes deleted: a volume's claim",
            "apps/n8n: Service old deleted",
            "apps/n8n: Deployment web (spec.replicas)",
            "apps/freshrss: Service new",
            "0 replaced, 2 deleted, 1 created, 1 updated, 3 unchanged.",
        )
    ]
    assert places == sorted(places)


def test_nothing_that_goes_is_folded_away_if_it_holds_data() -> None:
    claims = [
        outputs("delete", "kubernetes:core/v1:PersistentVolumeClaim", f"claim-{number}", app("n8n"))
        for number in range(3 * summary.PLACES)
    ]
    text = shown(told(*claims))
    assert all(f"claim-{number} deleted" in text for number in range(3 * summary.PLACES))


def test_much_that_is_new_is_a_line_for_each_part() -> None:
    many = [
        outputs("create", "kubernetes:core/v1:Service", f"s-{number}", app(f"app-{number % 3}")) for number in range(30)
    ]
    text = shown(told(*many))
    assert "apps/app-0: 10 created: Service s-0, Service s-3, Service s-6, Service s-9 and 6 more" in text
    assert len(text.splitlines()) < 10


def test_where_there_are_too_many_parts_it_is_a_line_for_each_layer() -> None:
    many = [
        outputs("create", "kubernetes:core/v1:Service", f"s-{number}", app(f"app-{number}")) for number in range(40)
    ]
    assert "apps: 40 created: " in shown(told(*many))


def test_a_preview_says_would() -> None:
    found = told(outputs("create", "kubernetes:core/v1:Service", "s", app("n8n")))
    assert "What would be changed" in shown(found, done=False)
    assert "What was changed" in shown(found, done=True)


def test_nothing_is_one_line() -> None:
    assert (
        shown(told(component(app("n8n"), LAYER), same=7))
        == "Nothing was changed: 7 resources are as they are declared.\n"
    )


def test_what_failed_was_not_changed() -> None:
    done = outputs("create", "kubernetes:core/v1:Service", "s", app("n8n"))
    failed = {"resOpFailedEvent": {"metadata": done["resOutputsEvent"]["metadata"]}}
    said = {"diagnosticEvent": {"severity": "error", "message": "<{%reset%}>error: no room\n  left<{%reset%}>"}}
    found = reading.of_events(json.dumps(event) for event in (done, failed, said))
    assert (found.steps, found.errors) == ((), ("no room left",))


@pytest.mark.parametrize("line", ["", "{", "[]", '{"resOutputsEvent": {"metadata": '])
def test_a_log_that_is_cut_off_is_read_as_far_as_it_goes(line: str) -> None:
    whole = json.dumps(outputs("create", "kubernetes:core/v1:Service", "s", app("n8n")))
    assert len(reading.of_events([whole, line]).steps) == 1


def test_no_value_is_told() -> None:
    event = outputs(
        "update",
        "kubernetes:core/v1:ConfigMap",
        "c",
        app("n8n"),
        old={"inputs": {"data": {"key": "hunter2"}}},
        detailedDiff={"data.key": {}},
    )
    assert "hunter2" not in shown(told(event))
    assert "(data.key)" in shown(told(event))


def test_markup_in_a_name_is_no_markup() -> None:
    found = told(outputs("create", "kubernetes:core/v1:Service", "[red]s[/]", app("n8n")))
    assert "Service [red]s[/]" in shown(found)
