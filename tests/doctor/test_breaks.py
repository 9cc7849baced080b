"""Each case breaks one reference of an otherwise healthy platform, and exactly that one is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from doctor.check import CHECKS
from doctor.examination import examine
from tests.doctor.cases import (
    addresses,
    alerts,
    argocd,
    certificates,
    cloudflare,
    databases,
    forward_auth,
    grafana,
    isolation,
    monitors,
    namespaces,
    oidc,
    pods,
    probes,
    prometheus,
    routes,
    rules,
    secrets,
    thanos,
    volumes,
    zero_trust,
)
from tests.support.breaking import Break
from tests.support.healthy import Healthy

GROUPS = (
    *(routes, certificates, forward_auth, cloudflare, zero_trust, oidc, secrets, pods, databases, isolation),
    *(namespaces, volumes, addresses, argocd, monitors, probes, prometheus, thanos, grafana, alerts, rules),
)
BREAKS = [case for group in GROUPS for case in group.BREAKS]


DOING = {
    *("add", "allow", "bind", "choose", "correct", "delete", "give", "lead", "look", "make", "name", "permit", "point"),
    *("pulumi", "remove", "set", "take", "use"),
}
"""The words that an advice begins with: what to do, and not once more what is wrong."""


def name_of(case: Break) -> str:
    return f"{case.check}: {case.problem}"


@pytest.mark.parametrize("case", BREAKS, ids=name_of)
def test_exactly_the_broken_reference_is_named(healthy_platform: Healthy, case: Break) -> None:
    case.change(healthy_platform)
    broken = examine(healthy_platform.snapshot(), datetime.now(tz=UTC)).broken
    assert [(name, item.subject, item.target) for name, item in broken] == [(case.check, case.subject, case.target)]
    assert case.problem in broken[0][1].problem
    assert broken[0][1].advice.partition(" ")[0].strip("`") in DOING, broken[0][1].advice


@pytest.mark.parametrize("case", BREAKS, ids=name_of)
def test_what_is_named_does_not_depend_on_what_was_made_first(healthy_platform: Healthy, case: Break) -> None:
    """The engine registers side by side: objects and resources are in another order each time."""
    case.change(healthy_platform)
    now = datetime.now(tz=UTC)
    report = examine(healthy_platform.snapshot(), now)
    healthy_platform.objects.reverse()
    healthy_platform.resources.reverse()
    assert examine(healthy_platform.snapshot(), now) == report


def test_every_check_is_broken_by_some_case() -> None:
    assert {case.check for case in BREAKS} == {item.name for item in CHECKS}


def test_certificates_end(healthy_platform: Healthy) -> None:
    broken = examine(healthy_platform.snapshot(), datetime.now(tz=UTC) + timedelta(days=91)).broken
    assert {name for name, _ in broken} == {"TLS -> certificate"}
    assert all("it ended on 20" in item.problem for _, item in broken)
