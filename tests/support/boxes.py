"""Looks at pictures of boxes drawn with characters: whether every box is closed."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

SIDES = "│├┤┼┬┴┐┌┘└▶◀▼▲─"
"""What a wall may be where something else meets it."""


def cells(line: str) -> list[str]:
    """A line by columns: a wide character has two, of which the second is empty."""
    found: list[str] = []
    for character in line:
        found += [character, ""] if east_asian_width(character) in "WF" else [character]
    return found


def broken(lines: Sequence[str]) -> list[str]:
    """Every corner at the top of a box from which no wall leads down to a corner at its bottom, and open bottoms."""
    grid = [cells(line) for line in lines]
    problems = []
    for row, line in enumerate(grid):
        for column, character in enumerate(line):
            if character not in ("┌", "┐") or not _is_corner(grid, row, column):
                continue
            for below in range(row + 1, len(grid)):
                here = grid[below][column] if column < len(grid[below]) else ""
                if here in ("└" if character == "┌" else "┘", "▼"):  # lines that part end in arrows
                    break
                if not here or here not in "│├┤┼":
                    problems.append(f"line {below + 1}, column {column + 1}: {here or 'nothing'!r} in a wall")
                    break
    return problems


def _is_corner(grid: list[list[str]], row: int, column: int) -> bool:
    """Whether it is a box's: a corner of an arrow has a line of its own, which a wall leads to from above."""
    if grid[row][column] == "┌":
        line = grid[row][column:]
        end = next((i for i, each in enumerate(line) if each == "┐"), None)
    else:
        line = grid[row][: column + 1][::-1]
        end = next((i for i, each in enumerate(line) if each == "┌"), None)
    return end is not None and all(each in "─┬┴┼▼" for each in line[1:end])
