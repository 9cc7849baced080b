"""The sandbox's face in a terminal: a list of steps, each with its time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from rich.console import Console

HEARTBEAT_SECONDS: Final = 30.0
"""Where nothing can be redrawn, so often a long step says that it still goes on."""


class Steps:
    """Prints a line for each step when it is done, and shows the one that is under way where the terminal can."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Time a step; whatever it raises is marked and passed on."""
        start = time.monotonic()
        try:
            with self._underway(title, start):
                yield
        except BaseException:
            self._console.print(f"[red]✗[/] {title} [dim]{_elapsed(start)}[/]", highlight=False)
            raise
        self._console.print(f"[green]✓[/] {title} [dim]{_elapsed(start)}[/]", highlight=False)

    @contextmanager
    def _underway(self, title: str, start: float) -> Iterator[None]:
        if self._console.is_terminal:
            with self._console.status(f"{title} …"):
                yield
            return
        done = threading.Event()
        beat = threading.Thread(target=self._beat, args=(title, start, done), daemon=True)
        beat.start()
        try:
            yield
        finally:
            done.set()
            beat.join()

    def _beat(self, title: str, start: float, done: threading.Event) -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            self._console.print(f"  {title}: still at it after {_elapsed(start)}", highlight=False)


def _elapsed(start: float) -> str:
    return lasted(time.monotonic() - start)


def lasted(seconds: float) -> str:
    """A time as people say it."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds) // 60} min {int(seconds) % 60} s"
