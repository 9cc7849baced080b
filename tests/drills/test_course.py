"""A step becomes a row, whatever comes of it; nothing hangs, and nothing that fails is taken for good."""

from __future__ import annotations

import io
import signal
import threading
import time
from collections.abc import Iterator

import pytest
from rich.console import Console

from drills import report
from drills.course import AbandonedError, Course
from drills.errors import DrillError
from sandbox import kube
from sandbox.steps import Steps


@pytest.fixture
def course() -> Course:
    return Course("real", Steps(Console(file=io.StringIO())))


def test_a_step_that_sees_what_is_expected_is_good(course: Course) -> None:
    with course.step("push", expected="Synced", within=5) as step:
        step.seen = "Synced"
    (row,) = course.rows
    assert row.good
    assert (row.what, row.seen) == ("push", "Synced")
    assert 0 <= row.seconds < 5


def test_a_step_that_sees_something_else_is_a_failed_row(course: Course) -> None:
    with course.step("push", expected="Synced", within=5) as step:
        step.seen = "OutOfSync"
    with course.step("look", expected="seen", within=5):
        pass
    assert [row.good for row in course.rows] == [False, False]
    assert [row.seen for row in course.rows] == ["OutOfSync, instead of Synced", "nothing, instead of seen"]


def test_what_a_step_fails_with_is_its_row_and_the_next_one_runs(course: Course) -> None:
    for error in (DrillError("refused:\n  by name"), ConnectionError("gone"), kube.NotReachableError("no server")):
        with course.step("push", expected="Synced", within=5) as step:
            step.seen = "Synced"
            raise error
    assert [(row.good, row.seen) for row in course.rows] == [
        (False, "refused: by name"),
        (False, "gone"),
        (False, "no server"),
    ]


def test_a_mistake_in_the_drill_is_no_row(course: Course) -> None:
    with pytest.raises(KeyError), course.step("push", expected="Synced", within=5):
        raise KeyError("spec")
    assert course.rows == []


def test_without_an_essential_step_the_course_is_abandoned(course: Course) -> None:
    with pytest.raises(AbandonedError), course.step("up", expected="up", within=5, essential=True):
        raise DrillError("no cluster")
    assert not course.rows[0].good


def test_a_step_that_hangs_ends_at_its_deadline_with_what_it_saw_last(course: Course) -> None:
    start = time.monotonic()
    with course.step("push", expected="Synced", within=0.3) as step:
        step.seen = "Progressing"
        threading.Event().wait(30)
    assert time.monotonic() - start < 5
    assert course.rows[0].seen == "not within 0 s: Progressing"
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_the_deadline_of_a_step_that_is_done_ends_nothing_else(course: Course) -> None:
    with course.step("quick", expected="done", within=0.2) as step:
        step.seen = "done"
    time.sleep(0.3)
    assert course.rows[0].good


def test_another_thread_can_end_a_step(course: Course) -> None:
    with course.step("up", expected="up", within=30) as step:
        threading.Timer(0.1, step.fail, [DrillError("redis: ended unexpectedly")]).start()
        threading.Event().wait(20)
    assert course.rows[0].seen == "redis: ended unexpectedly"
    assert course.rows[0].seconds < 10


def test_looking_ends_when_it_is_as_expected_and_survives_what_is_not_there_yet(course: Course) -> None:
    answers: Iterator[str | kube.NotReachableError] = iter(
        [kube.NotReachableError("no server yet"), "OutOfSync", "Synced", "never asked"]
    )

    def look() -> str:
        answer = next(answers)
        if isinstance(answer, kube.NotReachableError):
            raise answer
        return answer

    with course.step("push", expected="Synced", within=10) as step:
        step.until(look)
    assert course.rows[0].good
    assert next(answers) == "never asked"


def test_what_has_to_hold_is_watched_to_the_end(course: Course) -> None:
    answers = iter(["quiet", "quiet", "changed"])
    with course.step("wait", expected="quiet", within=10) as step:
        step.holds(lambda: next(answers), 5)
    with course.step("wait", expected="quiet", within=10) as step:
        step.holds(lambda: "quiet", 0.3)
    assert [row.good for row in course.rows] == [False, True]
    assert course.rows[1].seconds >= 0.3


def test_the_table_fails_where_one_course_differs(course: Course) -> None:
    other = Course("simulated", Steps(Console(file=io.StringIO())))
    for each, seen in ((course, "Synced"), (other, "OutOfSync")):
        with each.step("push [bold]", expected="Synced", within=5) as step:
            step.seen = seen
    course.cannot("forge", expected="refused", why="why not")
    other.cannot("forge", expected="refused", why="not covered: it hears nothing")
    out = io.StringIO()
    report.show("Drill", [course, other], Console(file=out, width=120))
    text = out.getvalue()
    (failure,) = report.failures([course, other])
    assert failure.startswith("push [bold] (simulated): OutOfSync, instead of Synced, ")
    assert not report.failures([course])
    assert all(word in text for word in ("FAILED", "ok", "push [bold]", "OutOfSync, instead of Synced", "not covered"))


def test_a_course_that_did_not_get_everywhere_is_not_good(course: Course) -> None:
    other = Course("simulated", Steps(Console(file=io.StringIO())))
    with course.step("push", expected="Synced", within=5) as step:
        step.seen = "Synced"
    assert report.failures([course, other]) == ["push (simulated): not reached"]
    assert report.failures([other]) == report.failures([]) == ["nothing was done"]


@pytest.mark.parametrize("steps", [["mend", "push"], ["push", "mend", "push"]])
def test_courses_with_the_same_steps_otherwise_are_not_good(course: Course, steps: list[str]) -> None:
    other = Course("simulated", Steps(Console(file=io.StringIO())))
    for each, whats in ((course, ["push", "mend"]), (other, steps)):
        for what in whats:
            with each.step(what, expected="Synced", within=5) as step:
                step.seen = "Synced"
    (failure,) = report.failures([course, other])
    assert "other orders" in failure


def test_a_step_that_fails_is_said_also_where_another_has_its_name(course: Course) -> None:
    for seen in ("Synced", "OutOfSync"):
        with course.step("push", expected="Synced", within=5) as step:
            step.seen = seen
    (failure,) = report.failures([course])
    assert failure.startswith("push (real): OutOfSync, instead of Synced")


def test_what_is_measured_in_passing_is_in_the_table_and_decides_nothing(course: Course) -> None:
    with course.step("restore", expected="0 lost", within=5) as step:
        step.seen, step.note = "0 lost", "7.5 MB"
    text = io.StringIO()
    report.show("Drill", [course], Console(file=text, width=120))
    assert not report.failures([course])
    assert "as expected (7.5 MB)" in text.getvalue()
