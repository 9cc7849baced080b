"""Which rule takes a request; the drill `tunnel` asks the real cloudflared the same."""

from __future__ import annotations

import pytest

from sandbox.plugins.accounts.cloudflare.ingress import rule_for, rule_problem
from sandbox.plugins.accounts.formats import go_regex

RULES = [
    {"hostname": "a.example.org", "path": "^/only", "service": "http://only"},
    {"hostname": "a.example.org", "service": "http://a"},
    {"hostname": "*.example.org", "service": "http://wild"},
    {"hostname": "*", "path": "/b$", "service": "http://b"},
    {"service": "http_status:404"},
]


@pytest.mark.parametrize(
    ("host", "path", "place"),
    [
        ("a.example.org", "/only/x", 0),
        ("a.example.org", "/x/only", 1),
        ("a.example.org:8443", "/", 1),
        ("A.example.org", "/", 2),
        ("x.y.example.org", "/", 2),
        ("a.example.org.", "/", 4),
        ("example.org", "/", 4),
        ("evilexample.org", "/a/b", 3),
        ("", "/", 4),
    ],
)
def test_the_first_rule_that_matches_takes_a_request(host: str, path: str, place: int) -> None:
    assert rule_for(RULES, host, path) == place


@pytest.mark.parametrize("hostname", ["", "*"])
def test_a_star_is_every_host(hostname: str) -> None:
    assert rule_problem({"hostname": hostname, "service": "http_status:999"}, is_last=True) == ""
    assert rule_problem({"hostname": hostname, "path": "/a", "service": "tcp://a"}, is_last=False) == ""
    assert "every hostname" in rule_problem({"hostname": hostname, "service": "tcp://a"}, is_last=False)
    assert "must match all" in rule_problem({"hostname": hostname, "path": "/a", "service": "tcp://a"}, is_last=True)


@pytest.mark.parametrize("text", ["(?!a)", "(?<=a)b", r"(a)\1", "(?P<n>a)(?P=n)", "a++", "(", "(?>a)"])
def test_what_gos_expressions_lack(text: str) -> None:
    assert go_regex(text)


@pytest.mark.parametrize("text", [r"\.(jpg|png|css|js)$", "(?i)a", "(?P<n>a)", r"\\1", "[(?=]", "a+?b", "(?:a|b)+"])
def test_what_they_have(text: str) -> None:
    assert go_regex(text) == ""
