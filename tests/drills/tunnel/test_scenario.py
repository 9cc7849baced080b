"""The steps find what is led elsewhere, and both judges go through the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from drills.course import Course
from drills.tunnel.configurations import BROKEN, LAST, SOUND
from drills.tunnel.found import Tunnel
from drills.tunnel.judges import Judge, SimulatedAccount
from drills.tunnel.requests import TRICKS, expected
from drills.tunnel.scenario import Scenario
from sandbox.steps import Steps

ACCOUNT = {
    "accounts": {"x": {}},
    "objects": {"ZeroTrustTunnelCloudflared": {"t": {"accountId": "x", "name": "t", "configSrc": "cloudflare"}}},
}
HOSTS = {"a.example.org": "http://a:80", "b.example.org": "http://b:80"}
RULES = [*({"hostname": host, "service": service} for host, service in HOSTS.items()), LAST]


def gone_through(judge: Judge, rules: Sequence[Mapping[str, Any]] = RULES) -> Course:
    course = Course("a course", Steps(Console(quiet=True)))
    tunnel = Tunnel(name="homelab", rules=list(rules), hosts=HOSTS)
    Scenario(course=course, judge=judge, tunnels=[tunnel]).run()
    return course


def failed(course: Course) -> set[str]:
    return {row.what for row in course.rows if not row.good}


def test_the_simulated_account_comes_to_what_is_expected() -> None:
    assert failed(gone_through(SimulatedAccount(data=ACCOUNT))) == set()


def test_rules_in_the_wrong_order_are_found() -> None:
    swapped = [{**RULES[0], "service": RULES[1]["service"]}, RULES[1], LAST]
    rows = failed(gone_through(SimulatedAccount(data=ACCOUNT), swapped))
    assert rows == {"tunnel homelab: 9 paths of each host", "tunnel homelab: a port behind the host"}


def test_a_wildcard_that_takes_too_much_is_found() -> None:
    rows = failed(
        gone_through(SimulatedAccount(data=ACCOUNT), [{"hostname": "*.example.org", "service": "http://a:80"}, LAST])
    )
    assert "tunnel homelab: a host that nobody has" in rows


class Yes(SimulatedAccount):
    def problem(self, rules: Sequence[Mapping[str, Any]]) -> str:
        del rules
        return ""


class No(SimulatedAccount):
    def problem(self, rules: Sequence[Mapping[str, Any]]) -> str:
        del rules
        return "no"


def test_a_judge_that_takes_all_or_nothing_is_found() -> None:
    assert failed(gone_through(Yes(data=ACCOUNT))) == {f"refused: {what}" for what in BROKEN}
    assert {f"taken: {what}" for what in SOUND} <= failed(gone_through(No(data=ACCOUNT)))


def test_tricks_ask_for_other_hosts_than_the_host_itself() -> None:
    for trick in TRICKS:
        assert not set(expected(HOSTS, trick)) & set(HOSTS)
