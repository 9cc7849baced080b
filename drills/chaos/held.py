"""An update that is stopped at one place: an account that is asked for something there answers when it is let."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from drills.chaos.scene import ENGINE, Done, Scene
from drills.errors import DrillError
from sandbox import processes
from sandbox.plugins.accounts.account import Account

WITHIN: Final = 240.0
POLL_SECONDS: Final = 0.02
ENDING_SECONDS: Final = 15.0


@dataclass(kw_only=True)
class Held:
    """An update under way."""

    scene: Scene
    process: subprocess.Popen[bytes]
    log: Path
    """Where it prints."""

    def until(self, what: str, look: Callable[[], object]) -> None:
        """Wait for something to be so.

        Raises:
            DrillError: the update has ended before, or it takes too long.
        """
        give_up = time.monotonic() + WITHIN
        while not look():
            if self.process.poll() is not None:
                message = f"{what}: the update ended before: {self.ended().text[-500:]}"
                raise DrillError(message)
            if time.monotonic() > give_up:
                message = f"{what}: not within {WITHIN:.0f} s"
                raise DrillError(message)
            time.sleep(POLL_SECONDS)

    def noted(self, name: str, operation: str = "") -> bool:
        """Whether the state notes that the resource of that name is being worked on."""
        return any(
            note["resource"]["urn"].endswith(f"::{name}") and note["type"].startswith(operation)
            for note in self.scene.engine.backend.notes()
        )

    def deafen(self) -> None:
        """Stop the engine where it is: what it has asked for is done, and it never hears of it."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """Kill the engine with -9, and all that it has started: what they have not begun is never done."""
        for pid in (self.process.pid, *processes.marked(self._mark)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    @property
    def _mark(self) -> str:
        return processes.mark(self.scene.engine.sandbox, ENGINE)

    def ended(self) -> Done:
        """How it has ended, when it has."""
        return Done(code=self.process.wait(), text=self.log.read_text(errors="replace"))

    def nobody_is_left(self) -> None:
        """Wait for the plugins of an engine that was killed: they find out by themselves.

        Raises:
            DrillError: they do not.
        """
        give_up = time.monotonic() + ENDING_SECONDS
        while left := processes.marked(self._mark):
            if time.monotonic() > give_up:
                message = f"they outlive their engine: {'; '.join(map(_command, left))}"
                raise DrillError(message)
            time.sleep(POLL_SECONDS)


@contextmanager
def holding(account: Account) -> Iterator[Callable[[], bool]]:
    """Have an account answer nobody who wants to change something, while the block runs; whether somebody waits.

    Others see to it by themselves that a thing is not made twice, between the note that it is being made and the call.
    """
    lock = account.path.with_name(f"{account.path.name}.lock")
    with account.edit():
        yield lambda: str(lock.stat().st_ino) in _waited_for()


def _waited_for() -> set[str]:
    """The files, by their numbers, whose locks somebody waits for: the kernel marks these by an arrow."""
    lines = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return {words[6].rpartition(":")[2] for words in lines if words[1] == "->"}


@contextmanager
def updating(scene: Scene, *arguments: str) -> Iterator[Held]:
    """An update while the block runs; after it, it has ended."""
    process = scene.start_up(*arguments)
    held = Held(scene=scene, process=process, log=scene.log)
    try:
        yield held
    except BaseException:
        held.kill()
        raise
    held.ended()
    held.nobody_is_left()


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
