"""Programs that a command waits for, such as pulumi: they end with it, however it ends.

A first Ctrl-C lets the program stop in order, as the engine does when it is asked once; a second one ends it. What it
has started, such as plugins, does not outlive it. If the command is killed, `guard.py` does the same in its place.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from sandbox import interrupts, processes
from sandbox.paths import Sandbox

PART: Final = "engine"
ORDERLY_SECONDS: Final = 120.0
"""How long the engine may take to stop in order: it waits for what it has begun."""
ORPHANED_SECONDS: Final = 3.0
"""How long plugins have to find out that their engine was killed."""


def run(
    sandbox: Sandbox, command: Sequence[str], *, folder: Path, environment: Mapping[str, str], capture: bool
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, on the caller's terminal or with its output captured."""
    own = _own_mark(sandbox)
    pipe = subprocess.PIPE if capture else None
    marked = {**environment, processes.MARK: own}
    with ExitStack() as held:
        child: subprocess.Popen[str] | None = None
        try:
            with interrupts.held_back():
                child = subprocess.Popen(command, cwd=folder, env=marked, stdout=pipe, stderr=pipe, text=True)
                held.enter_context(child)
            stdout, stderr = child.communicate()
        except BaseException:
            try:
                if child is not None:
                    _stop(child)
            finally:
                processes.end(processes.marked(own), seconds=2.0)
            raise
    if child.returncode < 0:
        _end_orphans(own)
    return subprocess.CompletedProcess(command, child.returncode, stdout or "", stderr or "")


def interrupt(sandbox: Sandbox) -> None:
    """Have what this process runs stop in order, as by a first Ctrl-C; whoever runs it sees it fail."""
    oldest = next(iter(processes.marked(_own_mark(sandbox))), None)
    if oldest is not None:
        processes.send(oldest, signal.SIGINT)


def _end_orphans(own: str) -> None:
    """End what a program that was killed has left. Plugins find that out by themselves, the language host does not."""
    give_up = time.monotonic() + ORPHANED_SECONDS
    while processes.marked(own) and time.monotonic() < give_up:
        time.sleep(processes.POLL_SECONDS)
    processes.end(processes.marked(own), seconds=2.0)


def end_abandoned(sandbox: Sandbox) -> None:
    """End programs whose command is gone: two at once would work on one state.

    The oldest comes first, which is the engine: it saves what it has done, and takes its plugins along.
    """
    prefix = processes.mark(sandbox, PART)
    abandoned = {
        pid: started
        for pid, started in processes.marked(prefix).items()
        if not _has_owner(processes.mark_of(pid).removeprefix(prefix))
    }
    for pid, started in list(abandoned.items())[:1]:
        processes.end({pid: started})
    processes.end(abandoned, seconds=2.0)


def _own_mark(sandbox: Sandbox) -> str:
    """The mark of what this process runs: by its own id and start time, so that it is known when it is gone."""
    return processes.mark(sandbox, f"{PART}:{os.getpid()}:{processes.start_time(os.getpid())}")


def _has_owner(owner: str) -> bool:
    pid, _, started = owner.removesuffix(":").partition(":")
    return pid.isdigit() and processes.start_time(int(pid)) == started


def _stop(child: subprocess.Popen[str]) -> None:
    """Let the program stop in order, once; from the second interrupt on it has to."""
    if not sys.stdin.isatty():  # a terminal's Ctrl-C has reached the program too, and twice means at once
        child.send_signal(signal.SIGINT)
    try:
        child.communicate(timeout=ORDERLY_SECONDS)
    except (KeyboardInterrupt, subprocess.TimeoutExpired):
        child.terminate()
        try:
            child.wait(timeout=processes.STOP_SECONDS)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            child.kill()
