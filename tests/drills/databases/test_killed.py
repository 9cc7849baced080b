"""A drill that is killed while its server is written to leaves nothing that runs, and the next one comes up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drills import space
from drills.databases import installed
from drills.errors import DrillError
from sandbox.paths import REPOSITORY

OUTER = """
import sys
from drills import space
sys.exit(space.run([*space.prefix(), sys.executable, *sys.argv[1:]]))
"""
INNER = """
import argparse, signal, sys, time
from pathlib import Path
from drills import space
from drills.databases import installed
from drills.databases.barman import Archive
from drills.databases.load import Load
from drills.databases.server import Server
from sandbox.paths import Sandbox
given = argparse.ArgumentParser()
for name in ("--folder", "--held", "--then"):
    given.add_argument(name)
given = given.parse_args()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
space.furnish()
folder = Path(given.folder)
archive = Archive(store={"configuration": {"destinationPath": "s3://none/"}}, endpoint="http://none", credentials={})
server = Server(
    sandbox=Sandbox(root=folder / ".sandbox"), place=folder, name="db", programs=installed.programs(), archive=archive
)
server.initdb({"database": "app", "owner": "app"}, {})
load = Load(server=server, database="app", owner="app")
load.prepare()
with load.running():
    if not load.wait_for_more(5, 30):
        sys.exit(1)
    (folder / "ready").touch()
    time.sleep(float(given.then))
"""


def is_there() -> bool:
    try:
        return bool(installed.programs() and installed.user())
    except DrillError:
        return False


pytestmark = pytest.mark.skipif(not space.prefix() or not is_there(), reason="needs namespaces and PostgreSQL")


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the user of PostgreSQL comes through to."""
    with tempfile.TemporaryDirectory(prefix="homelab-test-killed-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o711)
        for file, text in (("outer.py", OUTER), ("inner.py", INNER)):
            (Path(name) / file).write_text(text)
        yield Path(name)


def start(folder: Path, run: str, then: float) -> subprocess.Popen[bytes]:
    """A run in a folder of its own, which goes on for so many seconds once commits are acknowledged."""
    (folder / run).mkdir()
    command = [sys.executable, "outer.py", "inner.py", "--folder", str(folder / run), "--then", f"{then}"]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(REPOSITORY)})


def in_time(what: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.1)
    return what()


def runs(folder: Path) -> bool:
    """Whether something works in a server's folder below it."""
    for process in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if process.readlink().is_relative_to(folder):
                return True
        except OSError:
            continue
    return False


def test_nothing_runs_on_and_the_next_run_comes_up(folder: Path) -> None:
    with start(folder, "first", 120) as killed:
        try:
            assert in_time((folder / "first" / "ready").exists)
            assert runs(folder / "first")
        finally:
            killed.send_signal(signal.SIGKILL)
    assert in_time(lambda: not runs(folder / "first"))
    with start(folder, "second", 0) as again:
        assert again.wait(90) == 0
    assert in_time(lambda: not runs(folder))
