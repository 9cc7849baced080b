"""Values are written as Grafana writes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.monitoring.dashboards import dashboards
from drills.monitoring.pictures.panels import Panel
from drills.monitoring.pictures.units import FORMS, number, written


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.1234, "percentunit", "12.3%"),
        (0, "s", "0 s"),
        (0.12, "s", "120 ms"),
        (90, "s", "1.5 min"),
        (26 * 3600, "s", "1.08 days"),
        (-90, "s", "-1.5 min"),
        (0, "bytes", "0 B"),
        (4e9, "bytes", "3.73 GiB"),
        (1_500_000, "Bps", "1.5 MB/s"),
        (420, "watt", "420 W"),
        (21.5, "celsius", "21.5 °C"),
        (45, "humidity", "45%H"),
        (12_345, "short", "12.3 K"),
        (7, "none", "7"),
        (1, "", "1"),
        (3, "parsecs", "3 parsecs"),
        (float("nan"), "s", "no value"),
    ],
)
def test_a_value_has_its_unit(value: float, unit: str, text: str) -> None:
    assert written(value, unit) == text


@pytest.mark.parametrize(("value", "text"), [(1000, "1000"), (1234.5, "1234"), (0.00456789, "0.00457"), (-2.5, "-2.5")])
def test_three_digits_count(value: float, text: str) -> None:
    assert number(value) == text


def panels() -> list[dict[str, Any]]:
    return [panel for text in dashboards().values() for panel in json.loads(text)["panels"]]


def test_every_unit_of_the_dashboards_is_known() -> None:
    assert {Panel.of(panel).unit for panel in panels()} <= FORMS.keys()
