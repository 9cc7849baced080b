"""Ends a sandbox's processes in place of a command that was killed: `python -m sandbox.guard FOLDER`.

It runs in a session of its own for as long as the command and reads a pipe from it. A command that ends takes leave; if
the pipe ends without that, the command was killed, and what it is answerable for is ended here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import foreground, processes
from sandbox.paths import REPOSITORY, Sandbox

EVERYTHING: Final = b"e"
ENGINE: Final = b"p"
LEAVE: Final = b"l"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """The command's end of the pipe."""

    pipe: int

    def spare_servers(self) -> None:
        """From now on the servers are to outlive the command, and only its engine ends with it."""
        self.say(ENGINE)

    def say(self, word: bytes) -> None:
        """Tell the guard what to do from now on if the command is killed."""
        try:
            os.write(self.pipe, word)
        except BrokenPipeError:  # it was killed itself: the next command looks for what is left
            return


@contextmanager
def guarded(sandbox: Sandbox, *, bound: bool = False) -> Iterator[Guard]:
    """Have everything of the sandbox ended if this process is killed within the block.

    Of a `bound` one nothing outlives the block, however it is left: an interrupt may come before anybody else ends it.
    """
    environment = {key: value for key, value in os.environ.items() if key != processes.MARK}
    theirs, ours = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.guard", str(sandbox.root)],
        env={**environment, "PYTHONPATH": str(REPOSITORY)},
        cwd="/",
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(theirs)
    guard = Guard(pipe=ours)
    guard.say(EVERYTHING)
    try:
        yield guard
    finally:
        if not bound:
            guard.say(LEAVE)
        os.close(ours)
        process.wait()


def main(folder: str) -> None:
    """Wait for the command's leave, or end what it has left."""
    sandbox = Sandbox(root=Path(folder))
    last = b""
    while word := os.read(0, 1):
        last = word
    if last in (EVERYTHING, ENGINE):
        foreground.end_abandoned(sandbox)
    if last == EVERYTHING:
        processes.end_all(sandbox)


if __name__ == "__main__":
    main(sys.argv[1])
