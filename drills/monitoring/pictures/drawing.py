"""Draws a dashboard, each kind of panel in its way."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from drills.monitoring.pictures import charts
from drills.monitoring.pictures.answers import Answers, Series
from drills.monitoring.pictures.canvas import BORDER, COLORS, FAINT, PANEL, WHITE, Canvas
from drills.monitoring.pictures.layout import GAP, HEADER, WIDTH, Box, box, cells, height
from drills.monitoring.pictures.panels import Panel

TITLE: Final = 30
"""Height of a panel's title."""
LINE: Final = 26
"""Height of a table's row."""


def draw(answers: Answers, folder: Path) -> list[str]:
    """Draw one dashboard into a folder, as `dashboard-<uid>.png`; the titles of panels without data.

    Raises:
        DrillError: a query is refused.
    """
    panels = [Panel.of(content) for content in answers.dashboard.panels()]
    canvas = Canvas(height([panel.grid for panel in panels]))
    _header(canvas, answers)
    empty = []
    for panel in panels:
        series = answers.of(panel)
        if panel.kind != "row" and not series:
            empty.append(panel.title)
        _panel(canvas, panel, series, answers)
    canvas.save(folder / f"dashboard-{answers.dashboard.content['uid']}.png")
    return empty


def _header(canvas: Canvas, answers: Answers) -> None:
    middle = HEADER / 2
    x = 2.0 * GAP
    x += canvas.text(x, middle, answers.dashboard.title, size=22, color=WHITE, bold=True) + 24
    for variable in (answers.dashboard.content.get("templating") or {}).get("list") or []:
        chosen = answers.variables[variable["name"]]
        words = f"{variable.get('label') or variable['name']}: All ({', '.join(chosen)})"
        x += canvas.text(x, middle, words, size=14, color=FAINT, width=600) + 24
    begin, end = (datetime.fromtimestamp(moment, UTC) for moment in (answers.start, answers.end))
    words = f"{begin:%Y-%m-%d %H:%M} to {end:%H:%M} UTC"
    canvas.text(WIDTH - 130, middle, words, size=14, color=FAINT, middle=True)


def _panel(canvas: Canvas, panel: Panel, series: Sequence[Series], answers: Answers) -> None:
    place = box(panel.grid)
    if panel.kind == "row":
        canvas.text(place.x + 8, place.y + place.height / 2, panel.title, size=17, color=WHITE)
        return
    canvas.rectangle(place, PANEL, border=BORDER)
    canvas.text(place.x + 10, place.y + TITLE / 2 + 1, panel.title, size=14.5, width=place.width - 20)
    inside = place.within(left=10, top=TITLE, right=10, bottom=8)
    if not series:
        canvas.text(
            inside.x + inside.width / 2, inside.y + inside.height / 2, "No data", size=16, color=FAINT, middle=True
        )
        return
    KINDS.get(panel.kind, _unknown)(canvas, inside, panel, series, answers)


def _figures(canvas: Canvas, inside: Box, panel: Panel, series: Sequence[Series], _answers: Answers) -> None:
    """The last value of each series, large, on the colour of its threshold."""
    for cell, one in zip(cells(inside, len(series)), series, strict=True):
        canvas.rectangle(cell, COLORS.get(panel.color(one.last), COLORS["text"]))
        words = panel.text(one.last)
        x, middle = cell.x + cell.width / 2, cell.y + cell.height / 2
        size = max(11.0, min(34.0, cell.height * 0.36, cell.width / (0.62 * max(len(words), 6))))
        below = min(15.0, max(10.5, cell.height * 0.19))
        # Where only one thing is shown, everybody knows what it is.
        if len(series) == 1 and one.name == panel.title:
            canvas.text(x, middle, words, size=size, color=WHITE, bold=True, middle=True)
            continue
        canvas.text(x, middle - size * 0.42, words, size=size, color=WHITE, bold=True, middle=True)
        canvas.text(x, middle + size * 0.55 + 2, one.name, size=below, color=WHITE, middle=True, width=cell.width - 8)


def _table(canvas: Canvas, inside: Box, panel: Panel, series: Sequence[Series], _answers: Answers) -> None:
    """A row for each series."""
    wanted = panel.columns or sorted({label for one in series for label in one.labels})
    columns = [column for column in wanted if any(one.labels.get(column) for one in series)]
    width = inside.width / max(len(columns), 1)
    fitting = math.floor(inside.height / LINE) - 1
    rows = [[one.labels.get(column, "") for column in columns] for one in series]
    if len(rows) > fitting:
        rows = [*rows[: fitting - 1], [f"and {len(rows) - fitting + 1} more"]]
    for line, row in enumerate([columns, *rows]):
        y = inside.y + (line + 0.5) * LINE
        if line:
            canvas.rectangle(Box(inside.x, y - LINE / 2, inside.width, 0.5), BORDER, round_by=0)
        for column, words in enumerate(row):
            color = FAINT if line == 0 else WHITE
            canvas.text(inside.x + column * width + 4, y, words, size=13, color=color, bold=line == 0, width=width - 12)


def _lines(canvas: Canvas, inside: Box, panel: Panel, series: Sequence[Series], answers: Answers) -> None:
    charts.lines(canvas, inside, panel, series, (answers.start, answers.end))


def _unknown(canvas: Canvas, inside: Box, panel: Panel, _series: Sequence[Series], _answers: Answers) -> None:
    words = f"panels of kind {panel.kind} are not drawn"
    canvas.text(inside.x + inside.width / 2, inside.y + inside.height / 2, words, size=14, color=FAINT, middle=True)


KINDS: Final[Mapping[str, Callable[[Canvas, Box, Panel, Sequence[Series], Answers], None]]] = {
    "stat": _figures,
    "gauge": _figures,
    "table": _table,
    "timeseries": _lines,
}
"""How which kind is drawn."""
