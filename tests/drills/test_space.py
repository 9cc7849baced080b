"""Namespaces: what runs in them has a network of its own, and ends with the command that began it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from drills import space
from sandbox.paths import REPOSITORY

PREFIX = space.prefix()
OUTER = """
import signal, sys
from drills import space
for number in (signal.SIGINT, signal.SIGTERM):  # a shell has its jobs in the background ignore the first
    signal.signal(number, signal.default_int_handler)
try:
    sys.exit(space.run([*space.prefix(), sys.executable, *sys.argv[1:]]))
except KeyboardInterrupt:
    sys.exit(130)
"""
INNER = """
import argparse, os, signal, socket, subprocess, sys, time
from pathlib import Path
from drills import space
given = argparse.ArgumentParser()
for name in ("--folder", "--held", "--code"):
    given.add_argument(name)
given = given.parse_args()
os.set_inheritable(int(given.held), False)
space.furnish()
folder = Path(given.folder)
subprocess.Popen(["sleep", folder.name.removeprefix("sleep-")], start_new_session=True)

def end(*_):
    time.sleep(0.5)
    (folder / "ended").touch()
    sys.exit(0)

signal.signal(signal.SIGTERM, end)
(folder / "ready").write_text(" ".join(name for _, name in socket.if_nameindex()))
if given.code:
    sys.exit(int(given.code))
time.sleep(60)
"""

pytestmark = pytest.mark.skipif(not PREFIX, reason="this kernel permits no namespaces")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Its name is a length of sleep that nobody else sleeps, by which the process is found again."""
    made = tmp_path / f"sleep-{100000 + os.getpid()}.{time.monotonic_ns() % 10**9}"
    made.mkdir()
    return made


def start(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    for name, text in (("outer.py", OUTER), ("inner.py", INNER)):
        (folder / name).write_text(text)
    command = [sys.executable, "outer.py", "inner.py", "--folder", str(folder), *more]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY)})


def in_time(what: Callable[[], bool]) -> bool:
    end = time.monotonic() + 30
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


def sleeps(folder: Path) -> bool:
    """Whether what was started inside is still there."""
    words = folder.name.removeprefix("sleep-").encode()
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(process.read_bytes())
        except OSError:
            continue
    return any(line == b"sleep\0" + words + b"\0" for line in lines)


def test_the_network_inside_is_another_one_and_the_exit_code_comes_out(folder: Path) -> None:
    with start(folder, "--code", "7") as outer:
        assert outer.wait(60) == 7
    assert set((folder / "ready").read_text().split()) >= {"lo", "pods"}
    assert b"pods" not in subprocess.run(["ip", "link"], check=True, capture_output=True).stdout
    assert in_time(lambda: not sleeps(folder))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_what_is_inside_ends_in_order_with_the_command(number: signal.Signals, folder: Path) -> None:
    with start(folder) as outer:
        try:
            assert in_time((folder / "ready").exists)
            assert sleeps(folder)
            outer.send_signal(number)
            assert outer.wait(30) == (-number if number == signal.SIGKILL else 130)
        finally:
            outer.kill()
    if number != signal.SIGKILL:  # it has waited for what is inside
        assert (folder / "ended").exists()
    assert in_time((folder / "ended").exists)
    assert in_time(lambda: not sleeps(folder))
