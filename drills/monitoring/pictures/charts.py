"""Lines over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from drills.monitoring.pictures.answers import Series
from drills.monitoring.pictures.canvas import BORDER, COLORS, FAINT, LINES, PANEL, TEXT, Canvas
from drills.monitoring.pictures.layout import Box
from drills.monitoring.pictures.panels import Panel
from drills.monitoring.pictures.units import scale_of, written

LEGEND: Final = 20
"""Height of a line of the legend."""
LEGEND_LINES: Final = 2
SMALL: Final = 12.5
STEPS: Final = (15, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 7 * 24 * 3600)
TICKS: Final = 6
MARKS: Final = 4
ROUND: Final = (1, 2, 2.5, 5, 10)


def lines(canvas: Canvas, inside: Box, panel: Panel, series: Sequence[Series], shown: tuple[float, float]) -> None:
    """Each series as a line, with the legend below; `shown` is from when to when, in seconds since 1970."""
    below = _legend(canvas, inside, series)
    axes = canvas.axes(inside.within(left=66, top=4, right=8, bottom=below + 26))
    _style(axes, panel, shown)
    ground: dict[float, float] = {}
    for number, one in enumerate(series):
        color = LINES[number % len(LINES)]
        bottom = [ground.get(moment, 0.0) for moment in one.times]
        top = (
            [low + value for low, value in zip(bottom, one.values, strict=True)] if panel.stacked else list(one.values)
        )
        marker = "o" if alone(one.values) else ""
        axes.plot(one.times, top, color=color, linewidth=1.4, marker=marker, markersize=3.5)
        if panel.stacked:
            axes.fill_between(one.times, bottom, top, color=color, alpha=0.4, linewidth=0)
            ground |= dict(zip(one.times, top, strict=True))
        elif len(series) == 1 and panel.minimum is not None:
            axes.fill_between(one.times, panel.minimum, top, color=color, alpha=0.08, linewidth=0)
    _limits(axes, panel, series)
    whole = all(value.is_integer() for one in series for value in one.values if math.isfinite(value))
    axes.set_yticks(marks(*axes.get_ylim(), panel.unit, whole=whole))


def alone(values: Sequence[float]) -> bool:
    """Whether some value has no neighbour, so that no line would show it."""
    finite = [math.isfinite(value) for value in values]
    padded = [False, *finite, False]
    return any(padded[at] and not padded[at - 1] and not padded[at + 1] for at in range(1, len(padded) - 1))


def ticks(start: float, end: float) -> list[int]:
    """Moments to write below a time, of some weeks at most: whole minutes and hours, as far as there are enough."""
    step = next((step for step in STEPS if (end - start) / step <= TICKS), STEPS[-1])
    return list(range(math.ceil(start / step) * step, math.floor(end) + 1, step))


def marks(low: float, high: float, unit: str, *, whole: bool = False) -> list[float]:
    """Values to write beside a chart, some six at most: round ones of the unit as it is written there."""
    size = scale_of(max(abs(low), abs(high)), unit)
    rough = (high - low) / size / MARKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each for each in ROUND if each * power >= rough * 0.96) * power * size
    step = max(1.0, math.ceil(step)) if whole else step
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _style(axes: Axes, panel: Panel, shown: tuple[float, float]) -> None:
    axes.set_facecolor(PANEL)
    axes.grid(color=BORDER, linewidth=0.7)
    axes.set_axisbelow(True)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(colors=FAINT, labelsize=SMALL * 0.72, length=0)
    axes.set_xlim(*shown)
    moments = ticks(*shown)
    form = "%H:%M:%S" if any(moment % 60 for moment in moments) else "%H:%M"
    axes.set_xticks(moments, [f"{datetime.fromtimestamp(moment, UTC):{form}}" for moment in moments])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: written(value, panel.unit)))


def _limits(axes: Axes, panel: Panel, series: Sequence[Series]) -> None:
    low, high = axes.get_ylim()
    low = low if panel.minimum is None else panel.minimum
    high = high if panel.maximum is None else panel.maximum
    if panel.maximum is None and all(not value > low for one in series for value in one.values):
        # Where nothing is, there is no height that follows from it.
        high = low + 1
    # What is at the upper edge is seen whole.
    axes.set_ylim(low, high + 0.03 * (high - low))
    for start, color in panel.steps if panel.dashed else ():
        if low < start < high:
            axes.axhline(start, color=COLORS.get(color, FAINT), linestyle=(0, (6, 4)), linewidth=1)


def _legend(canvas: Canvas, inside: Box, series: Sequence[Series]) -> float:
    """Write who is who at the lower edge, in two lines at most; how high it has become."""
    x, placed = inside.x + 4.0, []
    line = 0
    for number, one in enumerate(series):
        width = 7.3 * len(one.name) + 34
        if x + width > inside.x + inside.width and x > inside.x + 4:
            line, x = line + 1, inside.x + 4.0
        if line >= LEGEND_LINES:
            break
        placed.append((x, line, number))
        x += width
    height = LEGEND * (1 + max((line for _, line, _ in placed), default=0))
    top = inside.y + inside.height - height
    for x, line, number in placed:
        y = top + (line + 0.5) * LEGEND
        more = len(series) - len(placed)
        last = more and number == placed[-1][2]
        canvas.rectangle(Box(x, y - 1.5, 14, 3), LINES[number % len(LINES)], round_by=1)
        words = f"and {more + 1} more" if last else series[number].name
        canvas.text(x + 20, y, words, size=SMALL, color=FAINT if last else TEXT, width=inside.width - 30)
    return height
