"""Series are made of what Thanos and InfluxDB answer."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import pytest

from drills.monitoring.asked import Api
from drills.monitoring.pictures.answers import Answers, Series, interrupted, of_rows
from drills.monitoring.pictures.charts import MARKS, TICKS, alone, marks, ticks
from drills.monitoring.pictures.panels import Panel
from drills.monitoring.questions import Dashboard

GRID = {"x": 0, "y": 0, "w": 8, "h": 7}
NOON = 1_800_000_000.0


class Thanos(Api):
    """Answers with what it was asked."""

    def query(self, expression: str, **more: Any) -> list[dict[str, Any]]:
        return [{"metric": {"job": "now", "asked": expression}, "value": [float(more["time"]), "1"]}]

    def over(self, expression: str, *, start: float, end: float, step: float) -> list[dict[str, Any]]:
        values = [[start, "1"], [start + step, "2"], [end, "NaN"]]
        return [{"metric": {"job": job, "asked": expression}, "values": values} for job in ("b", "a")]


def panel(kind: str, **target: Any) -> Panel:
    return Panel.of({"type": kind, "title": "Up", "gridPos": GRID, "targets": [target]})


def answers() -> Answers:
    dashboard = Dashboard(title="D", content={}, seconds=60)
    rows = [{"_time": "2027-01-15T08:00:00Z", "_value": "3", "host": "pve1", "_field": "in", "table": "0"}]
    return Answers(dashboard=dashboard, variables={}, asked=Thanos(url=""), rows=lambda _: rows, end=NOON)


def test_lines_are_asked_over_the_time_that_is_shown_and_sorted() -> None:
    found = answers().of(panel("timeseries", expr="rate(up[$__range])", legendFormat="{{job}}"))
    assert [series.name for series in found] == ["a", "b"]
    assert found[0].labels["asked"] == "rate(up[60s])"
    assert (found[0].times[0], found[0].times[-1]) == (NOON - 60, NOON)


def test_figures_are_asked_now() -> None:
    (series,) = answers().of(panel("stat", expr="up", legendFormat="{{job}}"))
    assert (series.name, series.times, series.last) == ("now", [NOON], 1.0)


def test_flux_is_asked_of_influxdb() -> None:
    target = {"datasource": {"type": "influxdb"}, "query": "from()"}
    (series,) = answers().of(panel("timeseries", **target))
    assert (series.labels, series.values) == ({"host": "pve1", "_field": "in"}, [3.0])


def test_rows_with_the_same_tags_are_a_series_in_the_order_of_time() -> None:
    rows = [
        {"_time": f"2027-01-15T08:00:{second:02}Z", "_value": f"{second}", "host": host}
        for host, second in (("b", 20), ("a", 0), ("b", 10))
    ]
    found = {series.labels["host"]: series.values for series in of_rows(panel("timeseries"), rows)}
    assert found == {"a": [0.0], "b": [10.0, 20.0]}


def test_a_line_is_interrupted_where_values_are_missing() -> None:
    times, values = interrupted([(0, 1), (15, 2), (60, 3)], 15)
    assert times == [0, 15, 30, 60]
    assert [value for value in values if math.isfinite(value)] == [1, 2, 3]
    assert math.isnan(values[2])


def test_the_last_value_is_the_last_that_is_a_number() -> None:
    assert Series(name="", labels={}, times=[1, 2, 3], values=[1, 2, math.nan]).last == 2
    assert math.isnan(Series(name="", labels={}, times=[], values=[]).last)


@pytest.mark.parametrize(
    ("values", "found"), [([], False), ([1], True), ([1, 2], False), ([1, 2, math.nan, 3], True), ([math.nan], False)]
)
def test_a_value_without_neighbours_is_found(values: list[float], *, found: bool) -> None:
    assert alone(values) is found


@pytest.mark.parametrize("seconds", [50, 260, 3600, 86_400, 30 * 86_400])
def test_moments_below_a_chart_are_round_and_few(seconds: int) -> None:
    moments = ticks(NOON, NOON + seconds)
    steps = {later - earlier for earlier, later in pairwise(moments)}
    assert 2 <= len(moments) <= TICKS + 1
    assert len(steps) == 1
    assert all(moment % step == 0 and NOON <= moment <= NOON + seconds for moment in moments for step in steps)


@pytest.mark.parametrize(
    ("low", "high", "unit", "found"),
    [
        (0, 1.03, "percentunit", [0, 0.25, 0.5, 0.75, 1]),
        (0, 8.2 * 1024**3, "bytes", [number * 2 * 1024**3 for number in range(5)]),
        (0, 130, "s", [0, 60, 120]),
        (21, 23, "celsius", [21, 21.5, 22, 22.5, 23]),
        (-100, 100, "watt", [-100, -50, 0, 50, 100]),
    ],
)
def test_values_beside_a_chart_are_round_in_their_unit(low: float, high: float, unit: str, found: list[float]) -> None:
    assert marks(low, high, unit) == pytest.approx(found)


@pytest.mark.parametrize("high", [1e-6, 0.7, 2.06, 17, 123_456])
def test_values_beside_a_chart_are_few_and_whole_where_all_values_are(high: float) -> None:
    assert 1 <= len(marks(0, high, "none")) <= MARKS + 2
    assert all(float(value).is_integer() for value in marks(0, high, "none", whole=True))
