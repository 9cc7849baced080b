"""The simulated accounts, as the controllers look at them: an account that nobody has made yet is an empty one."""

from __future__ import annotations

from pathlib import Path

from sandbox.plugins.accounts.account import Account, Data


def read(file: Path) -> Data:
    """The account's content. SandboxError if its file is damaged."""
    return Account(file).read() if file.exists() else {}


def stamp(file: Path) -> tuple[int, int]:
    """A value that differs once the file has been replaced."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)
