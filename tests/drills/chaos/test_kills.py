"""The engine is killed at one step after the other, and each time the way back is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from rich.console import Console

from drills.chaos import kills
from drills.chaos.kills import ordinal, replaced, step_by_step
from drills.chaos.scene import RECOVER, Done
from drills.chaos.tally import Tally
from drills.chaos.trial import SURVIVED, Trial
from drills.chaos.worlds import Difference, World
from drills.course import AbandonedError, Course
from drills.home import UP
from sandbox.steps import Steps

WHAT = "a kill"


@dataclass
class FakeScene:
    """A platform that takes some steps to come up, and notes what it was told."""

    engine: Any = None
    wrong: Difference = field(default_factory=Difference)
    refuses: bool = False
    """Whether the way back is refused."""
    told: list[str] = field(default_factory=list)

    def recover(self, *, adopt: bool) -> Done:
        assert not adopt
        self.told.append("recover")
        return Done(code=int(self.refuses), text="error: the vault does not answer" if self.refuses else "")

    def pulumi(self, *arguments: str, environment: Any) -> Done:
        del environment
        assert arguments == UP
        self.told.append("up")
        return Done(code=0, text="")

    def whole(self, *, rotated: bool = False) -> Difference:
        assert rotated
        return self.wrong

    def now(self) -> World:
        counts = dict.fromkeys(self.wrong.double, 2)
        return World(things={}, counts=counts, values={})


@dataclass
class FakeKiller:
    """Kills at a step as long as there are as many."""

    scene: FakeScene
    steps: int
    forgets: bool = False
    """Whether each run begins anew, as one that replaces does."""
    code: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, at: int, *_: str) -> tuple[Done, str]:
        if self.steps < at:
            return Done(code=self.code, text="error: it is not to be"), ""
        if not self.forgets:
            self.steps -= at
        self.scene.told.append(f"killed at {at}")
        return Done(code=-9, text=""), "before urn"

    def spare(self) -> None:
        self.scene.told.append("spared")


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kills, "traces", lambda _engine: iter(()))


@pytest.fixture
def trial() -> Trial:
    return Trial(course=Course("chaos", Steps(Console(quiet=True))), tally=Tally())


def test_each_run_goes_on_from_the_last_until_one_has_fewer_steps(trial: Trial) -> None:
    scene = FakeScene()
    step_by_step(FakeKiller(scene, steps=25), trial, WHAT, 10)  # type: ignore[arg-type]
    assert scene.told == ["killed at 10", "spared", "recover"] * 2
    (row,) = trial.course.rows
    assert (row.seen, row.note) == (SURVIVED, "2 times")
    assert list(trial.tally.lines[WHAT].commands) == [RECOVER]


def test_a_double_is_counted_where_it_comes_up(trial: Trial) -> None:
    scene = FakeScene(wrong=Difference(double=("onepassword Item a",)))
    with pytest.raises(AbandonedError):
        step_by_step(FakeKiller(scene, steps=10), trial, WHAT, 10)  # type: ignore[arg-type]
    (row,) = trial.course.rows
    assert row.seen == "before urn: double: onepassword Item a, instead of survived"
    assert trial.tally.lines[WHAT].double == 1


def test_a_way_back_that_fails_has_not_survived(trial: Trial) -> None:
    scene = FakeScene(refuses=True)
    with pytest.raises(AbandonedError):
        step_by_step(FakeKiller(scene, steps=10), trial, WHAT, 10)  # type: ignore[arg-type]
    assert "the vault does not answer" in trial.course.rows[0].seen


def test_an_end_that_is_an_error_has_not_survived(trial: Trial) -> None:
    with pytest.raises(AbandonedError):
        step_by_step(FakeKiller(FakeScene(), steps=5, code=255), trial, WHAT, 10)  # type: ignore[arg-type]
    assert "it is not to be" in trial.course.rows[0].seen


def test_what_replaces_is_killed_later_and_later_and_made_good_each_time(trial: Trial) -> None:
    scene = FakeScene()
    replaced(FakeKiller(scene, steps=9, forgets=True), trial, 4)  # type: ignore[arg-type]
    assert [word for word in scene.told if word.startswith("killed")] == ["killed at 1", "killed at 5", "killed at 9"]
    assert scene.told.count("up") == 3
    assert trial.course.rows[0].seen == SURVIVED


@pytest.mark.parametrize(("number", "told"), [(1, "single"), (10, "10th")])
def test_steps_are_told_as_people_do(number: int, told: str) -> None:
    assert ordinal(number) == told
