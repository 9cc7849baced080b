"""One trouble after the other: each a step of the drill, and noted in the table of what was survived."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from drills.chaos.scene import Scene
from drills.chaos.tally import Tally
from drills.chaos.worlds import Difference
from drills.course import Course

SURVIVED: Final = "survived"
SHOWN: Final = 3


@dataclass(kw_only=True)
class Outcome:
    """What came of a trouble."""

    difference: Difference = field(default_factory=lambda: Difference(left=("it did not come to an end",)))
    commands: Sequence[str] = ()
    """What a person had to give besides the plain update."""


@dataclass(kw_only=True)
class Series:
    """The same trouble again and again."""

    what: str
    tally: Tally
    wrong: list[str] = field(default_factory=list)
    count: int = 0
    ended: bool = False

    def tried(self, where: str, difference: Difference, commands: Sequence[str] = ()) -> None:
        """Note one of them, and where it was."""
        self.count += 1
        self.tally.tried(self.what, difference, commands)
        self.wrong += [f"{where}: {line}" for line in difference.told()]

    def ends(self, wrong: Sequence[str]) -> None:
        """Note that nothing follows, and what is wrong in the end."""
        self.ended = True
        self.wrong += wrong


@dataclass(frozen=True, kw_only=True)
class Trial:
    """All that a platform is put through."""

    course: Course
    tally: Tally

    @contextmanager
    def of(self, what: str, *, within: float, essential: bool = False) -> Iterator[Outcome]:
        """One trouble, which has to be over within so many seconds."""
        outcome = Outcome()
        try:
            with self.course.step(what, expected=SURVIVED, within=within, essential=essential) as step:
                yield outcome
                step.seen = "; ".join(outcome.difference.told()[:SHOWN]) or SURVIVED
        finally:
            self.tally.tried(what, outcome.difference, outcome.commands)

    @contextmanager
    def series(self, what: str, *, within: float) -> Iterator[Series]:
        """The same trouble again and again, as one step of the drill; the others make no sense without it."""
        series = Series(what=what, tally=self.tally)
        with self.course.step(what, expected=SURVIVED, within=within, essential=True) as step:
            yield series
            step.note = f"{series.count} times"
            step.seen = "; ".join(series.wrong[:SHOWN]) or (SURVIVED if series.ended else "it did not come to an end")

    def rounds(self, what: str, run: Callable[[Scene, Tally], None], scene: Scene, *, within: float) -> None:
        """Rounds of trouble that note for themselves what came of each, as one step of the drill."""
        before = len(self.tally.wrong)
        with self.course.step(what, expected=SURVIVED, within=within) as step:
            run(scene, self.tally)
            wrong = self.tally.wrong[before:]
            step.note = f"{self.tally.count} in all"
            step.seen = "; ".join(wrong[:SHOWN]) or SURVIVED
