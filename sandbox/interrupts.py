"""Who answers an interrupt, and when it has its effect."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

INTERRUPTS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a command to stop: Ctrl-C, a polite kill, a terminal that was closed."""
Handler = Callable[[int, FrameType | None], Any]


def answer(handler: Handler) -> None:
    """Answer every interrupt so from now on; under `nohup` a terminal that is closed is none."""
    for number in INTERRUPTS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def ignore() -> None:
    """Answer none from now on."""
    for number in INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def kept() -> Iterator[None]:
    """Whoever answered them before the block does so after it."""
    before = {number: signal.getsignal(number) for number in INTERRUPTS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ignored() -> Iterator[None]:
    """A second Ctrl-C does not end what the first has begun: it would leave processes behind."""
    with kept():
        ignore()
        yield


@contextmanager
def held_back() -> Iterator[None]:
    """One that comes within the block has its effect at the block's end.

    For a block that starts a program: in its midst, the program would run and nobody would know of it. The program does
    not inherit this. Only the main thread has interrupts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    try:
        with kept():
            for number in INTERRUPTS:
                if signal.getsignal(number) != signal.SIG_IGN:  # what is ignored stays so: the program inherits that
                    signal.signal(number, lambda each, _frame: came.append(each))
            yield
    finally:
        for each in came:
            signal.raise_signal(each)
