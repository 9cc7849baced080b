"""Panels are where the grid says, and figures share a panel."""

from __future__ import annotations

import pytest

from drills.monitoring.pictures.layout import GAP, WIDTH, Box, box, cells, height
from drills.monitoring.pictures.panels import Grid


def test_panels_side_by_side_leave_a_gap() -> None:
    left, right = (box(Grid(x=x, y=0, width=12, height=7)) for x in (0, 12))
    assert left.x == GAP
    assert right.x - left.x - left.width == pytest.approx(GAP)
    assert right.x + right.width == pytest.approx(WIDTH - GAP)


def test_the_picture_ends_below_the_lowest_panel() -> None:
    grids = [Grid(x=0, y=20, width=8, height=7), Grid(x=8, y=0, width=8, height=40)]
    assert height(grids) == pytest.approx(max(box(grid).y + box(grid).height for grid in grids) + 2 * GAP)
    assert height([]) > 0


@pytest.mark.parametrize("count", [1, 2, 5, 9, 23])
@pytest.mark.parametrize("whole", [Box(10, 20, 1500, 180), Box(10, 20, 300, 200)])
def test_cells_are_alike_inside_and_apart(whole: Box, count: int) -> None:
    found = cells(whole, count)
    assert len(found) == count
    assert len({(round(cell.width, 6), round(cell.height, 6)) for cell in found}) == 1
    assert len({(cell.x, cell.y) for cell in found}) == count
    for cell in found:
        assert whole.x <= cell.x
        assert whole.y <= cell.y
        assert cell.x + cell.width <= whole.x + whole.width
        assert cell.y + cell.height <= whole.y + whole.height


def test_a_long_panel_has_one_row_and_nobody_has_none() -> None:
    assert len({cell.y for cell in cells(Box(0, 0, 1500, 180), 5)}) == 1
    assert cells(Box(0, 0, 1, 1), 0) == []
