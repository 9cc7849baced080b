"""Where everything is on a picture, in pixels from its upper left corner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from drills.monitoring.pictures.panels import Grid

WIDTH: Final = 1600
"""Of a picture."""
COLUMNS: Final = 24
GAP: Final = 8
"""Between panels, and around all of them."""
ROW: Final = 38
"""Height of a row of Grafana's grid, with the gap below it."""
HEADER: Final = 56
LONG: Final = 3.0
"""How much longer than high the cell of a figure is that looks well."""


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    def within(self, *, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Box:
        """What is left of it without margins."""
        return Box(self.x + left, self.y + top, self.width - left - right, self.height - top - bottom)


def box(grid: Grid) -> Box:
    """Where a panel is."""
    column = (WIDTH - GAP) / COLUMNS
    return Box(GAP + grid.x * column, HEADER + grid.y * ROW, grid.width * column - GAP, grid.height * ROW - GAP)


def height(grids: Sequence[Grid]) -> int:
    """Of a picture with these panels."""
    return HEADER + max((grid.y + grid.height for grid in grids), default=0) * ROW + GAP


def cells(whole: Box, count: int) -> list[Box]:
    """Cells for so many figures, all alike and as large as they can be without becoming too long or too high."""
    if count == 0:
        return []

    def worth(columns: int) -> float:
        width, high = whole.width / columns, whole.height / math.ceil(count / columns)
        return min(width, high * LONG)

    columns = max(range(1, count + 1), key=worth)
    rows = math.ceil(count / columns)
    # The fewest columns that need no further row.
    columns = math.ceil(count / rows)
    width, high = whole.width / columns, whole.height / rows
    places = [divmod(number, columns) for number in range(count)]
    return [
        Box(whole.x + column * width, whole.y + row * high, width, high).within(right=4, bottom=4)
        for row, column in places
    ]
