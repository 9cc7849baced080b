"""The simulated accounts' files, as the controllers use them: read whole, changed under a lock, replaced at once."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def read(file: Path) -> dict[str, Any]:
    """The account's content, empty if nobody has made the file yet."""
    try:
        content: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return content


def stamp(file: Path) -> tuple[int, int]:
    """A value that differs once the file has been replaced."""
    try:
        found = file.stat()
    except FileNotFoundError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_ino)


@contextmanager
def changing(file: Path) -> Iterator[dict[str, Any]]:
    """The content to be changed in place; nobody else changes it meanwhile. Unchanged content is not written."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{file}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        content = read(file)
        before = json.dumps(content, sort_keys=True)
        yield content
        if json.dumps(content, sort_keys=True) != before:
            _replace(file, content)


def _replace(file: Path, content: dict[str, Any]) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w") as stream:
        json.dump(content, stream, indent=1, sort_keys=True)
    Path(name).replace(file)
