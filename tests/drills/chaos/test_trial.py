"""What came of each trouble, as a step of the drill and as a line of its table."""

from __future__ import annotations

import io

from rich.console import Console

from drills.chaos.tally import Tally
from drills.chaos.trial import SURVIVED, Trial
from drills.chaos.worlds import Difference
from drills.course import Course
from drills.errors import DrillError
from sandbox.steps import Steps

WIDTH = 200


def trial() -> Trial:
    return Trial(course=Course("chaos", Steps(Console(quiet=True))), tally=Tally())


def shown(made: Trial) -> str:
    text = io.StringIO()
    made.tally.show(Console(width=WIDTH, file=text))
    return text.getvalue()


def cells(text: str, what: str) -> list[str]:
    line = next(line for line in text.splitlines() if what in line and "│" in line)
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_what_ends_as_it_should_has_survived() -> None:
    made = trial()
    for _ in range(2):
        with made.of("a kill", within=5) as outcome:
            outcome.difference = Difference()
            outcome.commands = ("make recover",)
    assert [row.seen for row in made.course.rows] == [SURVIVED] * 2
    assert cells(shown(made), "a kill") == ["a kill", "2", "2", "0", "0", "make recover"]


def test_what_is_lost_and_double_is_counted_and_named() -> None:
    made = trial()
    with made.of("a kill", within=5) as outcome:
        outcome.difference = Difference(lost=("Secret a/b",), double=("cloudflare DnsRecord a A",) * 2)
    (row,) = made.course.rows
    assert not row.good
    text = shown(made)
    assert cells(text, "a kill") == ["a kill", "1", "0", "1", "2", "the update again"]
    assert "a kill: lost: Secret a/b" in text


def test_what_does_not_come_to_an_end_has_not_survived() -> None:
    made = trial()
    with made.of("a kill", within=5):
        raise DrillError("make recover: the vault does not answer")
    assert [row.seen for row in made.course.rows] == ["make recover: the vault does not answer"]
    assert cells(shown(made), "a kill")[1:3] == ["1", "0"]
