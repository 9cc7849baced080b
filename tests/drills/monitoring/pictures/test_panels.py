"""What a dashboard's file says of a panel is read as Grafana reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.monitoring.dashboards import dashboards
from drills.monitoring.pictures.drawing import KINDS
from drills.monitoring.pictures.panels import Grid, Panel

GRID = {"x": 6, "y": 1, "w": 9, "h": 7}


def panel(**defaults: Any) -> Panel:
    return Panel.of({"type": "stat", "title": "Up", "gridPos": GRID, "fieldConfig": {"defaults": defaults}})


def test_a_panel_knows_its_place_and_its_kind() -> None:
    assert (panel().kind, panel().title, panel().grid) == ("stat", "Up", Grid(x=6, y=1, width=9, height=7))


def test_the_colour_is_that_of_the_highest_step_that_is_reached() -> None:
    steps = [{"value": None, "color": "red"}, {"value": 1, "color": "orange"}, {"value": 2, "color": "green"}]
    found = panel(thresholds={"steps": steps})
    assert [found.color(value) for value in (-5, 1, 1.5, 2)] == ["red", "orange", "orange", "green"]


def test_a_text_takes_the_place_of_the_value_that_it_is_for() -> None:
    found = panel(unit="s", mappings=[{"type": "value", "options": {"0": {"text": "down"}, "1": {"text": "up"}}}])
    assert [found.text(value) for value in (0.0, 1.0, 2.0)] == ["down", "up", "2 s"]


@pytest.mark.parametrize(
    ("own", "legend", "name"),
    [
        ("", "{{ job }} {{pod}}", "a b"),
        ("${__field.labels.pod}", "", "b"),
        ("", "", "job=a, pod=b"),
        ("", "{{gone}}", "Up"),
    ],
)
def test_a_series_is_called_as_the_panel_or_its_query_says(own: str, legend: str, name: str) -> None:
    assert panel(displayName=own).called({"job": "a", "pod": "b"}, legend) == name


def test_limits_stacks_and_lines_of_thresholds() -> None:
    custom = {"stacking": {"mode": "normal"}, "thresholdsStyle": {"mode": "dashed"}}
    found = panel(min=0, max=1, custom=custom)
    assert (found.minimum, found.maximum, found.stacked, found.dashed) == (0, 1, True, True)
    assert (panel().minimum, panel().maximum, panel().stacked, panel().dashed) == (None, None, False, False)


def test_a_table_has_the_columns_that_it_keeps() -> None:
    kept = {"id": "filterFieldsByName", "options": {"include": {"names": ["a", "b"]}}}
    assert Panel.of({"type": "table", "gridPos": GRID, "transformations": [kept]}).columns == ["a", "b"]


def test_every_kind_of_panel_of_the_dashboards_is_drawn() -> None:
    found = {Panel.of(each).kind for text in dashboards().values() for each in json.loads(text)["panels"]}
    assert found - {"row"} <= KINDS.keys()
