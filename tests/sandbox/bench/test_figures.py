"""The tables that the README shows."""

from __future__ import annotations

from sandbox.bench.figures import QUICK, WHOLE, Figure, table


def figure(ratio: float) -> Figure:
    return Figure(what="up", ratio=ratio, bound=1.25, detail="3.0 s (2.0-9.0) / 2.0 s")


def test_a_figure_that_misses_its_goal_says_so() -> None:
    text = table([figure(1.2), figure(1.3)], [("import", "+1.0 s")])
    assert "| up | 1.20 | at most 1.25 | 3.0 s (2.0-9.0) / 2.0 s |" in text
    assert "| up | 1.30 | at most 1.25 (missed) |" in text
    assert "| import | +1.0 s |" in text


def test_a_quick_bench_measures_the_same_things_less_often() -> None:
    assert QUICK.previews < WHOLE.previews
    assert set(QUICK.growth) < set(WHOLE.growth)
    assert len(QUICK.growth) > 1
