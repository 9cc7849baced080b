"""Waiting for what comes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from drills.errors import DrillError

POLL_SECONDS: Final = 0.3
"""Each look at a database is a program that starts."""


def wait_until(done: Callable[[], bool], otherwise: str, seconds: float) -> None:
    """Look until something is so.

    Raises:
        DrillError: it is not in that time, and `otherwise` says what is wrong then.
    """
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            message = f"{otherwise} within {seconds:.0f} s"
            raise DrillError(message)
        time.sleep(POLL_SECONDS)
