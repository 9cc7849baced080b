"""The folder that a sandbox's state is in: whether the state can be read, and who is at work on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recovery import locks
from sandbox.errors import SandboxError

RUNBOOK: Final = "docs/runbooks/state-damaged.md"
ROOM: Final = 64 << 20
"""Bytes that have to be free before anything is begun: a state that the engine cannot write whole, it loses."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Pulumi's file backend, as far as one stack is concerned."""

    folder: Path
    project: str
    stack: str

    @property
    def file(self) -> Path:
        """The state."""
        return self.folder / ".pulumi" / "stacks" / self.project / f"{self.stack}.json"

    def examine(self) -> None:
        """See that the state is whole, and that there is room to write it.

        Raises:
            SandboxError: it is gone or damaged, or the disk is full; with the way out.
        """
        try:
            json.loads(self.file.read_bytes())
        except FileNotFoundError:
            message = f"{self.file}: the state is gone: {RUNBOOK} says how it comes back"
            raise SandboxError(message) from None
        except ValueError as error:
            message = f"{self.file}: the state is damaged ({error}): {RUNBOOK} says how it comes back"
            raise SandboxError(message) from error
        if shutil.disk_usage(self.folder).free < ROOM:
            message = (
                f"{self.folder}: less than {ROOM >> 20} MiB are free, and a state that is not written whole is lost: "
                "make room on that disk"
            )
            raise SandboxError(message)

    def latest(self) -> dict[str, Any]:
        """The state as it was written last; what is being written at this moment says nothing."""
        try:
            found: dict[str, Any] = json.loads(self.file.read_bytes())["checkpoint"]["latest"] or {}
        except (FileNotFoundError, ValueError):
            return {}
        return found

    def notes(self) -> list[dict[str, Any]]:
        """What an update is doing, or was doing when it was killed."""
        return self.latest().get("pending_operations") or []

    def unlock(self) -> None:
        """Forget the locks that killed pulumis have left.

        Raises:
            SandboxError: one of them belongs to a pulumi that is at work.
        """
        for lock in (self.folder / ".pulumi" / "locks").rglob("*.json"):
            for owner in _owner(lock):
                message = f"pulumi (process {owner}) is at work on this state: wait for it, or end it with Ctrl-C there"
                raise SandboxError(message)
            lock.unlink()


def _owner(lock: Path) -> Iterator[int]:
    """The process that a lock names, if it is a pulumi that runs.

    A sandbox serves one machine, so that whoever wrote the lock is to be found here.
    """
    try:
        owner = int(json.loads(lock.read_bytes())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if locks.runs(owner):
        yield owner
