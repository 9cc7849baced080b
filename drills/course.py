"""The steps of a drill: each is timed, has a deadline, and becomes a row of the table, whatever comes of it."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Final

import urllib3

from drills.errors import DrillError
from sandbox import kube
from sandbox.errors import SandboxError
from sandbox.steps import Steps

POLL_SECONDS: Final = 0.2
KUBE: Final = (kube.ApiError, kube.NoSuchKindError, kube.NotReachableError)
FAILURES: Final = (SandboxError, OSError, *KUBE, subprocess.SubprocessError, urllib3.exceptions.HTTPError)
"""What a step may fail with; anything else is a mistake in the drill, and deserves its traceback."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of a step."""

    what: str
    expected: str
    seen: str
    seconds: float
    covered: bool = True
    """False where this course cannot do the step at all; `seen` says why."""
    note: str = ""
    """What was measured in passing."""

    @property
    def good(self) -> bool:
        """Whether it came to what was expected; what a course does not cover is said, and no failure."""
        return not self.covered or self.seen == self.expected


class Step:
    """A step under way: what it has to come to, and what was seen so far."""

    def __init__(self, expected: str) -> None:
        self.expected = expected
        self.seen = ""
        self.note = ""
        """What is measured in passing, for the table."""
        self._failure: BaseException | None = None

    def until(self, look: Callable[[], str]) -> None:
        """Look until that is seen which is expected; only the step's deadline ends it otherwise."""
        while True:
            try:
                self.seen = look()
            except KUBE as error:  # what it asks for may not be there yet
                self.seen = " ".join(str(error).split())
            if self.seen == self.expected:
                return
            time.sleep(POLL_SECONDS)

    def holds(self, look: Callable[[], str], seconds: float) -> None:
        """See what is expected all the time for so many seconds.

        Raises:
            DrillError: something else was seen.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.seen = look()
            if self.seen != self.expected:
                message = f"{self.seen}, instead of {self.expected}"
                raise DrillError(message)
            time.sleep(POLL_SECONDS)

    def fail(self, error: BaseException) -> None:
        """End the step from another thread, in which what it depends on has failed."""
        self._failure = error
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

    def over(self, seconds: float) -> DrillError:
        """Why the step ends now: what another thread has said, or its deadline."""
        if self._failure:
            return DrillError(f"{self._failure}")
        seen = f": {self.seen}" if self.seen else ""
        return DrillError(f"not within {seconds:.0f} s{seen}")


class AbandonedError(Exception):
    """A step failed without which the others make no sense."""


class Course:
    """One run through the steps of a drill, on one backend."""

    def __init__(self, name: str, steps: Steps) -> None:
        self.name = name
        self.rows: list[Row] = []
        self._steps = steps

    @contextmanager
    def step(self, what: str, *, expected: str, within: float, essential: bool = False) -> Iterator[Step]:
        """One step, which has to be done within so many seconds; what it fails with is in its row.

        Raises:
            AbandonedError: it failed, and is `essential` to all others.
        """
        step = Step(expected)
        start = time.monotonic()
        try:
            with self._steps.step(f"{self.name}: {what}"), _deadline(step, within):
                yield step
                if step.seen != step.expected:
                    message = f"{step.seen or 'nothing'}, instead of {expected}"
                    raise DrillError(message)
        except FAILURES as error:
            self._add(step, what, " ".join(str(error).split()) or type(error).__name__, start)
            if essential:
                raise AbandonedError from error
        else:
            self._add(step, what, step.seen, start)

    def cannot(self, what: str, *, expected: str, why: str) -> None:
        """Say that this course does not cover a step."""
        self.rows.append(Row(what=what, expected=expected, seen=why, seconds=0.0, covered=False))

    def _add(self, step: Step, what: str, seen: str, start: float) -> None:
        seconds = time.monotonic() - start
        self.rows.append(Row(what=what, expected=step.expected, seen=seen, seconds=seconds, note=step.note))


@contextmanager
def _deadline(step: Step, seconds: float) -> Iterator[None]:
    """Raise in the main thread when the time is over, whatever it waits for then."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise step.over(seconds)

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        # A signal that came in just now must not end somebody else's step.
        with suppress(DrillError):
            time.sleep(0)
        signal.signal(signal.SIGALRM, before)
