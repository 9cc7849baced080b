"""The reader of PromQL: what it finds, and that it refuses what it does not know."""

from __future__ import annotations

import pytest

from tests.support.exported import unknown
from tests.support.promql import Selector, selectors


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ("up == 0", ["up"]),
        ("vector(1)", []),
        ("time() - max by (pod) (a_seconds) > 6 * 3600", ["a_seconds"]),
        ("sum by (a, b) (rate(x_total[5m])) / sum without (c) (y:z:rate)", ["x_total", "y:z:rate"]),
        ("a unless on (n, m) b >= on (n) group_left (c) d offset 1d or absent(e)", ["a", "b", "d", "e"]),
        ("sum(rate(a_total[$__rate_interval])) by (le)", ["a_total"]),
        ("rate{job=\"x\"}", ["rate"]),
    ],
)  # fmt: skip
def test_names_are_told_from_everything_else(expr: str, names: list[str]) -> None:
    assert [selector.metric for selector in selectors(expr)] == names


def test_matchers_are_read() -> None:
    assert selectors('a{job="x",code=~"5..", node!="$node", fstype!~"a|b"} > 1') == [
        Selector(
            metric="a",
            matchers={"job": ("=", "x"), "code": ("=~", "5.."), "node": ("!=", "$node"), "fstype": ("!~", "a|b")},
        )
    ]


@pytest.mark.parametrize("expr", ["rat(a[5m])", '{job="x"}', "a{job=x}", "a # comment", "a[5]", "a{job}"])
def test_what_is_not_known_is_refused(expr: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|not a known function|without a name"):
        selectors(expr)


@pytest.mark.parametrize(
    ("expr", "problem"),
    [
        ("node_cpu_second_total", "node_cpu_second_total: no target has it"),
        ('node_load1{job="kubelet"}', "node_load1: not of kubelet"),
        ('node_load1{job="node"}', "node_load1: no target's job is 'node'"),
        ('thanos_compact_halted{job=~"thanos-store|thanos-compact"}', "thanos_compact_halted: not of thanos-store"),
    ],
)
def test_what_no_target_has_is_named(expr: str, problem: str) -> None:
    assert unknown(f"up == 1 and {expr} > 0 or longterm:a") == [problem, "longterm:a: no target has it"]
    assert unknown(f"up == 1 and {expr} > 0 or longterm:a", ["longterm:a"]) == [problem]
