"""Other users for what a drill runs: PostgreSQL refuses root, and pods have user ids of their own.

Root takes another id. Root of a user namespace has only its own to give: there, one more namespace shows it as another.
Everybody else runs everything as oneself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path


def prefix(user: int) -> list[str]:
    """What to put before a command so that it runs under a user id, or as oneself where no other can be had."""
    if os.geteuid() != 0:
        return []
    taken = _taking(user)
    return taken if _works(tuple(taken)) else [_found("unshare"), "--user", f"--map-user={user}", f"--map-group={user}"]


def give(path: Path, user: int) -> None:
    """Leave a file, or a folder, which is made if it is not there, to a user id where that is another's."""
    if not path.exists():
        path.mkdir(parents=True)
    if os.geteuid() == 0 and _works(tuple(_taking(user))):
        os.chown(path, user, user)


def _taking(user: int) -> list[str]:
    return [_found("setpriv"), f"--reuid={user}", f"--regid={user}", "--clear-groups"]


@cache
def _works(command: Sequence[str]) -> bool:
    return subprocess.run([*command, "true"], check=False, capture_output=True).returncode == 0


def _found(program: str) -> str:
    return shutil.which(program) or program
