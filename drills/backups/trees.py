"""Folders of files as people have them: made, spoiled, and compared file by file."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import stat
from pathlib import Path
from typing import Final

MARKER: Final = "the-secret-recipe-of-the-house"
"""Stands in a file's name and in its content: nobody may read either in a bucket."""

NAMES: Final = (
    "plain.txt",
    " leading and trailing ",
    "two\nlines",
    'quote\'s "and" $dollar `tick`',
    "-rf",
    "Ünïcödé 音楽 🎵",
    "*.mp3",
    "back\\slash",
    "x" * 240,
    ".hidden",
    MARKER,
)
WHEN: Final = 1_700_000_000


def make(folder: Path, size: int) -> None:
    """A tree with names that scripts trip over, links, modes, times, and so many bytes that do not compress."""
    chance = random.Random(size)  # noqa: S311 - the same bytes each time
    (folder / "deep" / "er").mkdir(parents=True)
    for number, name in enumerate(NAMES):
        file = folder / "deep" / name
        file.write_bytes(f"{MARKER} {number}\n".encode() * (number + 1))
        os.utime(file, (WHEN + number, WHEN + number))
    (folder / "empty").touch()
    (folder / "deep" / "er" / "empty folder").mkdir()
    (folder / "link").symlink_to("deep/plain.txt")
    (folder / "dangling").symlink_to("nowhere")
    os.link(folder / "deep" / "plain.txt", folder / "deep" / "er" / "same file")
    (folder / "run me").write_text("#!/bin/sh\n")
    (folder / "run me").chmod(0o750)
    (folder / "read only").write_text("once\n")
    (folder / "read only").chmod(0o400)
    grow(folder / "large", size, chance)


def grow(file: Path, size: int, chance: random.Random | None = None) -> None:
    """A file of so many bytes that do not compress."""
    chance = chance or random.Random(file.name)  # noqa: S311 - the same bytes each time
    with file.open("wb") as stream:
        for _ in range(size // 1_000_000):
            stream.write(chance.randbytes(1_000_000))


def spoil(folder: Path) -> None:
    """What happens to files: one is gone, one is cut, one is another's, a folder is gone, a link leads elsewhere."""
    (folder / "deep" / NAMES[1]).unlink()
    (folder / "large").write_bytes(b"ransom")
    (folder / "deep" / "plain.txt").chmod(0o666)
    shutil.rmtree(folder / "deep" / "er")
    (folder / "link").unlink()
    (folder / "link").symlink_to("/etc/passwd")


def description(folder: Path) -> dict[str, str]:
    """Each path with all that is to come back of it: kind, mode, time and content; hard links by what they share."""
    found = {}
    shared: dict[tuple[int, int], str] = {}
    for path in sorted(folder.rglob("*")):
        name, status = str(path.relative_to(folder)), path.lstat()
        first = shared.setdefault((status.st_dev, status.st_ino), name)
        if path.is_symlink():
            content = f"-> {path.readlink()}"
        elif path.is_dir():
            content = ""
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        found[name] = f"{stat.filemode(status.st_mode)} {status.st_mtime_ns} {content} {first if first != name else ''}"
    return found


def compared(wanted: dict[str, str], got: dict[str, str]) -> str:
    """In words, how what came back differs from what there was."""
    for name in sorted({*wanted, *got}):
        if wanted.get(name) != got.get(name):
            return f"{name!r}: {got.get(name, 'missing')}, instead of {wanted.get(name, 'nothing')}"
    return f"{len(wanted)} paths as they were"


def bytes_in(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def holds(folder: Path, text: str) -> bool:
    """Whether a text stands in a name or a file below a folder, as it is."""
    return any(
        text in path.name or (path.is_file() and text.encode() in path.read_bytes()) for path in folder.rglob("*")
    )
