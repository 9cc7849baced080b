"""The table that a drill ends with."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from drills.course import Course, Row


def failures(courses: Sequence[Course]) -> list[str]:
    """What did not come to what was expected, in a line each; none if all did, with the same steps everywhere."""
    steps = _steps(courses)
    if not steps:
        return ["nothing was done"]
    bad = [(course, row.what, row) for course in courses for row in course.rows if not row.good]
    missing = [(course, what, None) for course in courses for what, _ in steps if _row(course, what) is None]
    found = [f"{what} ({course.name}): {_seen(row)}" for course, what, row in (*bad, *missing)]
    first, *others = ([row.what for row in course.rows] for course in courses)
    if not missing and any(other != first for other in others):
        found.append("the courses have their steps in other orders, or a step more often")
    return found


def show(title: str, courses: Sequence[Course], console: Console) -> None:
    """Print what was done and expected, and what each course saw, and when."""
    table = Table(title=title, title_justify="left", expand=False, show_lines=True)
    table.add_column("what was done", overflow="fold", ratio=3)
    table.add_column("expected", overflow="fold", ratio=2)
    for course in courses:
        table.add_column(f"seen: {course.name}", overflow="fold", ratio=3)
    table.add_column("", no_wrap=True)
    for what, expected in _steps(courses):
        rows = [_row(course, what) for course in courses]
        fine = all(row is not None and row.good for row in rows)
        table.add_row(
            escape(what),
            escape(expected),
            *(escape(_seen(row)) for row in rows),
            "[green]ok[/]" if fine else "[bold red]FAILED[/]",
        )
    console.print(table, markup=True, highlight=False)


def _steps(courses: Sequence[Course]) -> list[tuple[str, str]]:
    """Every step of any course, in the order of the first that has it."""
    return list(dict.fromkeys((row.what, row.expected) for course in courses for row in course.rows))


def _row(course: Course, what: str) -> Row | None:
    return next((row for row in course.rows if row.what == what), None)


def _seen(row: Row | None) -> str:
    if row is None:
        return "not reached"
    if not row.covered:
        return row.seen
    seen = "as expected" if row.good else row.seen
    note = f" ({row.note})" if row.note else ""
    return f"{seen}{note}, {row.seconds:.1f} s"
