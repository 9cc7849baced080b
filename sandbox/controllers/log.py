"""One line for each thing that a simulated controller did, on standard error."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime


@dataclass
class Log:
    """Lines `time controller: what`. A line that repeats the last one of its subject is left out."""

    _last: dict[tuple[str, str], str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def say(self, controller: str, subject: str, what: str) -> None:
        """Write one line about a subject, such as an object's name. Never pass a secret's value."""
        with self._lock:
            if self._last.get((controller, subject)) == what:
                return
            self._last[(controller, subject)] = what
            now = datetime.now(UTC).strftime("%H:%M:%S.%f")[:-3]
            sys.stderr.write(f"{now} {controller}: {subject}: {what}\n")
            sys.stderr.flush()
