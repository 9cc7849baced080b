"""What a command that is killed or interrupted leaves: nothing that it was answerable for."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import foreground, guard, processes
from sandbox.paths import REPOSITORY, Sandbox
from sandbox.processes import Process

SECONDS = 20.0
ENGINE = """
trap 'echo asked; kill %1; exit 1' INT
{plugin} &
echo begun
wait
"""
COMMAND = """
import os, sys, signal
from pathlib import Path
from sandbox import foreground, guard
from sandbox.paths import Sandbox
from sandbox.processes import Process
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.default_int_handler)
sandbox = Sandbox(root=Path(sys.argv[1]))
with guard.guarded(sandbox) as own:
    Process(sandbox=sandbox, name="server").start(["/bin/sleep", "300"])
    if "spare" in sys.argv:
        own.spare_servers()
    command = ["/bin/sh", "-c", sys.argv[2]]
    foreground.run(sandbox, command, folder=sandbox.root, environment=dict(os.environ), capture=False)
"""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(root=tmp_path)
    # A command whose engine outlives it is waited for by whoever reads their output: the test is to fail, not to hang.
    late = threading.Timer(3 * SECONDS, processes.end_all, [sandbox])
    late.start()
    yield sandbox
    late.cancel()
    processes.end_all(sandbox)


def parts(sandbox: Sandbox, part: str = "") -> dict[int, str]:
    return processes.marked(processes.mark(sandbox, part))


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def start(sandbox: Sandbox, *words: str, engine: str = ENGINE.format(plugin="sleep 300")) -> subprocess.Popen[str]:
    """A command whose engine has begun its work, and started a plugin."""
    command = subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(sandbox.root), engine, *words],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert command.stdout is not None
    assert command.stdout.readline() == "begun\n"
    eventually(lambda: len(parts(sandbox, foreground.PART)) == 2)
    return command


def finish(command: subprocess.Popen[str]) -> int:
    with command:
        return command.wait(timeout=SECONDS)


def test_a_killed_command_leaves_no_process(sandbox: Sandbox) -> None:
    command = start(sandbox)
    command.kill()
    finish(command)
    eventually(lambda: parts(sandbox) == {})


def test_a_killed_command_in_a_sandbox_that_is_to_run_on_leaves_its_servers_only(sandbox: Sandbox) -> None:
    command = start(sandbox, "spare")
    command.kill()
    finish(command)
    eventually(lambda: parts(sandbox, foreground.PART) == {})
    server = Process(sandbox=sandbox, name="server")
    assert list(parts(sandbox)) == [server.pid()]


def test_an_engine_whose_command_and_guard_were_killed_is_ended_by_the_next_command(sandbox: Sandbox) -> None:
    command = start(sandbox)
    for pid in guards(sandbox):
        processes.end({pid: processes.start_time(pid) or ""})
    command.kill()
    finish(command)
    assert len(parts(sandbox, foreground.PART)) == 2
    foreground.end_abandoned(sandbox)
    assert parts(sandbox, foreground.PART) == {}


def test_the_engine_of_a_command_that_is_at_work_is_left_alone(sandbox: Sandbox) -> None:
    command = start(sandbox)
    foreground.end_abandoned(sandbox)
    assert len(parts(sandbox, foreground.PART)) == 2
    command.kill()
    finish(command)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_one_interrupt_lets_the_engine_end_in_order(sandbox: Sandbox, number: signal.Signals) -> None:
    command = start(sandbox)
    command.send_signal(number)
    assert command.stdout is not None
    assert command.stdout.readline() == "asked\n"
    finish(command)
    eventually(lambda: parts(sandbox, foreground.PART) == {})


def test_two_interrupts_end_an_engine_that_does_not_listen(sandbox: Sandbox) -> None:
    deaf = "trap '' INT; sleep 300 & echo begun; wait"
    command = start(sandbox, engine=deaf)
    for _ in range(2):
        command.send_signal(signal.SIGINT)
        time.sleep(1.0)
    finish(command)
    eventually(lambda: parts(sandbox, foreground.PART) == {})


@pytest.mark.parametrize("bound", [True, False])
def test_of_a_bound_sandbox_nothing_outlives_the_block_however_it_is_left(sandbox: Sandbox, *, bound: bool) -> None:
    def interrupted() -> None:
        with guard.guarded(sandbox, bound=bound):
            Process(sandbox=sandbox, name="server").start(["/bin/sleep", "300"])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (parts(sandbox) == {}) == bound


def test_a_guard_ends_with_its_command(sandbox: Sandbox) -> None:
    command = start(sandbox, engine="sleep 2 & echo begun; wait")
    assert finish(command) == 0
    assert guards(sandbox) == []
    assert Process(sandbox=sandbox, name="server").pid() is not None


def guards(sandbox: Sandbox) -> list[int]:
    """The processes of guards of a sandbox."""
    wanted = ["-m", "sandbox.guard", str(sandbox.root)]
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_text().split("\0")[:-1]
        except OSError:
            continue
        if words[-3:] == wanted:
            found.append(int(folder.name))
    return found
