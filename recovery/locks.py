"""Locks that a killed update has left."""

from __future__ import annotations

import re
import socket
import subprocess
from dataclasses import dataclass
from typing import Final

from recovery.errors import RecoveryError

LOCKED: Final = re.compile(r"created by (?P<user>.*?)@(?P<host>\S*) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")
"""How a backend that has lock files says whose they are."""


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Who has locked the stack."""

    user: str
    host: str
    pid: int
    since: str

    def __str__(self) -> str:
        """As a message names it."""
        return f"{self.user}@{self.host} (pid {self.pid}, since {self.since})"


def judged(said: str, *, force: bool) -> list[Lock]:
    """The locks that a backend tells of, if they may be taken away.

    Raises:
        RecoveryError: an update runs, or may run on another machine.
    """
    locks = [
        Lock(user=found["user"], host=found["host"], pid=int(found["pid"]), since=found["since"])
        for found in LOCKED.finditer(said)
    ]
    for lock in locks:
        if lock.host == socket.gethostname() and runs(lock.pid):
            message = f"an update runs, by {lock}: wait for it, or end it with Ctrl-C; nothing was changed"
            raise RecoveryError(message)
    foreign = [str(lock) for lock in locks if lock.host != socket.gethostname()]
    if not force and (foreign or not locks):
        whose = " and ".join(foreign) or "an update that left a lock which cannot be read"
        message = (
            f"the stack is locked by {whose}: make sure that no pulumi runs there any more, then run "
            "`make recover FORCE=1`; nothing was changed"
        )
        raise RecoveryError(message)
    return locks


def runs(pid: int) -> bool:
    """Whether that process is a pulumi: its number may be another program's by now."""
    done = subprocess.run(["ps", "-o", "comm=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "pulumi" in done.stdout
