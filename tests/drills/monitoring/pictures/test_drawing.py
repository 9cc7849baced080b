"""A dashboard becomes one picture, whatever its queries yield."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.monitoring.dashboards import dashboards
from drills.monitoring.asked import Api
from drills.monitoring.pictures.answers import Answers
from drills.monitoring.pictures.drawing import draw
from drills.monitoring.pictures.layout import WIDTH, height
from drills.monitoring.pictures.panels import Panel
from drills.monitoring.questions import Dashboard

NOON = 1_800_000_000.0


class Thanos(Api):
    """Has some series of everything."""

    def __init__(self, count: int) -> None:
        super().__init__(url="")
        object.__setattr__(self, "count", count)

    def _metrics(self) -> list[dict[str, str]]:
        count: int = self.count  # type: ignore[attr-defined]
        return [{"service": f"service $ {number} " * 5, "alertname": "A", "name": "N"} for number in range(count)]

    def query(self, expression: str, **_: Any) -> list[dict[str, Any]]:
        return [{"metric": metric, "value": [NOON, f"{len(expression)}"]} for metric in self._metrics()]

    def over(self, expression: str, *, start: float, end: float, step: float) -> list[dict[str, Any]]:
        values = [[start, f"{math.nan}"], [start + step, "2"], [end, f"{len(expression)}"]]
        return [{"metric": metric, "values": values} for metric in self._metrics()]


def drawn(content: dict[str, Any], count: int, folder: Path) -> tuple[Sequence[str], Image.Image]:
    names = [variable["name"] for variable in (content.get("templating") or {}).get("list") or []]
    answers = Answers(
        dashboard=Dashboard(title=content["title"], content=content, seconds=260),
        variables={name: ["one", "two"] for name in names},
        asked=Thanos(count),
        rows=lambda _: [],
        end=NOON,
    )
    empty = draw(answers, folder)
    with Image.open(folder / f"dashboard-{content['uid']}.png") as picture:
        return empty, picture.convert("RGB")


def contents() -> list[dict[str, Any]]:
    return [json.loads(text) for text in dashboards().values()]


@pytest.mark.parametrize("content", contents(), ids=lambda content: content["uid"])
def test_every_dashboard_is_drawn_as_large_as_its_grid(content: dict[str, Any], tmp_path: Path) -> None:
    _, picture = drawn(content, 3, tmp_path)
    assert picture.size == (WIDTH, height([Panel.of(panel).grid for panel in content["panels"]]))


@pytest.mark.parametrize("count", [1, 40])
def test_many_series_and_long_names_have_room(count: int, tmp_path: Path) -> None:
    content = contents()[0]
    empty, picture = drawn(content, count, tmp_path)
    assert empty == []
    assert len(picture.getcolors(WIDTH) or []) > 10


def test_panels_without_data_are_named(tmp_path: Path) -> None:
    content = contents()[0]
    empty, _ = drawn(content, 0, tmp_path)
    assert empty == [panel["title"] for panel in content["panels"] if panel["type"] != "row"]


def test_a_kind_that_is_not_known_is_said(tmp_path: Path) -> None:
    grid = {"x": 0, "y": 0, "w": 8, "h": 7}
    panels = [{"type": "piechart", "title": "P", "gridPos": grid, "targets": [{"expr": "up"}]}]
    empty, _ = drawn({"uid": "u", "title": "T", "panels": panels}, 1, tmp_path)
    assert empty == []
