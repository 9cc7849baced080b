"""What holds for every rule, and what varies with what there is to watch.

That an alert fires when it should, and only then, is shown by promtool: tests/engine/test_rules.py.
"""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest

from components.monitoring.rules import Alert, Record, Watched, longterm, rule_groups, specs
from tests.support.exported import EXPORTED, unknown
from tests.support.ruling import ALERTS, EVERYTHING, RECORDS

RUNBOOK = Path("docs/runbooks/alerts.md")
DURATION = re.compile(r"\d+[smhd]")


def alerts(watched: Watched) -> dict[str, Alert]:
    rules = chain.from_iterable(group.rules for group in rule_groups(watched))
    return {rule.name: rule for rule in rules if isinstance(rule, Alert)}


def test_names_are_unique() -> None:
    groups = rule_groups(EVERYTHING)
    names = [rule.name for group in groups for rule in group.rules]
    assert sorted(names) == sorted(set(names))
    assert len({group.name for group in groups}) == len(groups)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_says_what_it_is(alert: Alert) -> None:
    assert re.fullmatch(r"([A-Z][a-z0-9]+)+", alert.name)
    assert alert.severity in {"critical", "warning", "none"}
    assert DURATION.fullmatch(alert.wait)
    assert not alert.summary.endswith(".")
    assert alert.description.endswith(".")


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)
def test_an_alert_asks_for_what_a_target_has(alert: Alert) -> None:
    assert unknown(alert.expr) == []


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.name)
def test_a_record_is_made_of_what_a_target_has(record: Record) -> None:
    assert unknown(record.expr) == []
    assert re.fullmatch(r"[a-z]+:[a-z0-9_]+:[a-z_]+", record.name)


def test_the_bridge_carries_what_is_kept_for_ever_and_nothing_else() -> None:
    kept = {record.name for record in RECORDS if re.fullmatch(longterm.PATTERN, record.name)}
    (group,) = [group for group in rule_groups(EVERYTHING) if group.name == "longterm"]
    assert kept == {rule.name for rule in group.rules}
    assert not any(re.fullmatch(longterm.PATTERN, name) for names in EXPORTED.values() for name in names)
    assert group.interval == "5m"


def test_every_alert_has_its_section_and_no_section_lacks_an_alert() -> None:
    sections = re.findall(r"^## (.+)$", RUNBOOK.read_text(encoding="utf-8"), re.MULTILINE)
    assert sections == [alert.name for alert in ALERTS]


@pytest.mark.parametrize("base", ["https://example.org/home/blob/main", ""])
def test_an_alert_links_to_its_section(base: str) -> None:
    watched = Watched(jobs=["traefik", "cloudflared"], too_hot=30, runbooks=base)
    groups = [group for part in specs(watched).values() for group in part["groups"]]
    rendered = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    page = f"{base}/docs/runbooks/alerts.md" if base else "docs/runbooks/alerts.md"
    assert {rule["alert"]: rule["annotations"]["runbook"] for rule in rendered} == {
        alert.name: f"{page}#{alert.name.lower()}" for alert in ALERTS
    }
    assert all(rule["labels"]["severity"] and rule["for"] for rule in rendered)


def test_without_sensors_nobody_waits_for_them() -> None:
    watched = Watched(jobs=["traefik", "cloudflared"], too_hot=None)
    assert not any("remo_" in rule.expr for group in rule_groups(watched) for rule in group.rules)
    assert all(group.rules for group in rule_groups(watched))


def test_a_room_is_too_hot_above_what_was_set() -> None:
    assert "> 27" in alerts(Watched(jobs=[], too_hot=27))["RoomTooHot"].expr


def test_without_a_tunnel_nobody_waits_for_one() -> None:
    assert "TunnelDown" not in alerts(Watched(jobs=[], too_hot=None))


def test_every_job_that_is_there_is_missed_when_it_is_gone() -> None:
    expr = alerts(Watched(jobs=["traefik", "coredns"], too_hot=None))["TargetMissing"].expr
    assert 'absent(up{job="traefik"})' in expr
    assert 'absent(up{job="coredns"})' in expr
    assert "TargetMissing" not in alerts(Watched(jobs=[], too_hot=None))


def test_what_the_runbook_links_to_is_there() -> None:
    text = RUNBOOK.read_text(encoding="utf-8")
    anchors = {alert.name.lower() for alert in ALERTS}
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert links
    for link in links:
        file, _, section = link.partition("#")
        assert (RUNBOOK.parent / file).exists() if file else section in anchors, link
