"""An alert that another one makes superfluous has what it is known by as that."""

from __future__ import annotations

import re

import pytest

from components.monitoring.quieted import QUIETED, Quieted
from tests.support import rule_cases
from tests.support.ruling import ALERTS

NAMES = {alert.name for alert in ALERTS}
FIRING = {case.rule: case.content["series"] for case in rule_cases.read() if case.kind == rule_cases.FIRING}


def labels(alert: str) -> set[str]:
    """Names of all labels in the case in which an alert fires."""
    return {name for series in FIRING[alert] for name in re.findall(r"(\w+)=\"", series)}


@pytest.mark.parametrize("quieted", QUIETED, ids=lambda quieted: quieted.by)
def test_its_alerts_are_there_and_have_the_labels_by_which_they_are_about_the_same(quieted: Quieted) -> None:
    assert {quieted.by, *quieted.alerts} <= NAMES
    assert quieted.same
    for alert in (quieted.by, *quieted.alerts):
        assert set(quieted.same) <= labels(alert), alert


def test_a_node_that_is_down_says_it_for_its_pods() -> None:
    (node,) = [quieted for quieted in QUIETED if quieted.by == "NodeDown"]
    assert not node.alerts
    for alert in ("PodNotReady", "TargetDown"):
        assert set(node.same) <= labels(alert)
