"""What charts may break: no more than they do."""

from __future__ import annotations

import pytest

from doctor.rules import judged
from policy import charts
from policy.rules import RULES
from tests.support.healthy import Healthy


@pytest.mark.parametrize("brought", charts.BROUGHT, ids=lambda item: item.rules[0])
def test_an_exemption_of_charts_names_rules_and_gives_a_reason(brought: charts.Brought) -> None:
    assert set(brought.rules) <= {rule.name for rule in RULES}
    assert brought.reason


def test_no_exemption_of_charts_is_left_over(healthy_platform: Healthy) -> None:
    needed = {
        (obj["metadata"].get("namespace"), rule.name)
        for obj in judged(healthy_platform.snapshot())
        for rule in RULES
        if rule.violations(obj)
    }
    declared = {(namespace, rule) for item in charts.BROUGHT for namespace in item.namespaces for rule in item.rules}
    assert declared - needed == set(), "no object needs these any more"
