"""What charts may break: no more than they do."""

from __future__ import annotations

import pytest

from doctor.rules import judged
from policy import charts
from policy.rules import RULES
from sandbox.controllers.prometheus_operator import alertmanager, installation, prometheus
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


def test_what_the_prometheus_operator_makes_breaks_what_it_is_excused_for_and_no_more(
    healthy_platform: Healthy,
) -> None:
    known = healthy_platform.copy()
    (operator,) = [installation.told(item) for item in known.all("Deployment") if installation.is_operator(item)]
    for owner in (*known.all("Prometheus"), *known.all("Alertmanager")):
        owner["metadata"]["uid"] = "made-by-the-server"
    made = [
        *(prometheus.stateful_set(owner, operator, []) for owner in known.all("Prometheus")),
        *(alertmanager.stateful_set(owner, operator) for owner in known.all("Alertmanager")),
    ]
    broken = {rule.name for obj in made for rule in RULES if list(rule.violations(obj))}
    excused = [item for item in charts.BROUGHT if item.labels == charts.OF_PROMETHEUS_OPERATOR]
    assert all(item.has_brought(obj) for item in excused for obj in made)
    assert broken == {rule for item in excused for rule in item.rules}
