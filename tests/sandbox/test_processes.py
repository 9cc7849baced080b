from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox
from sandbox.processes import Process

SECONDS = 10.0
SLEEP = ["/bin/sleep", "60"]
STUBBORN = "trap '' TERM; echo ready; while :; do sleep 0.05; done"
"""A shell program that does not end when it is asked to."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox without a process in it, before and after."""
    sandbox = Sandbox(root=tmp_path)
    yield sandbox
    for process in processes.running(sandbox):
        process.stop()


@pytest.fixture
def process(sandbox: Sandbox) -> Process:
    return Process(sandbox=sandbox, name="part")


def shell(script: str) -> list[str]:
    return ["/bin/sh", "-c", script]


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def pid_of(process: Process) -> int:
    pid = process.pid()
    assert pid is not None
    return pid


def test_a_process_runs_from_start_to_stop(process: Process) -> None:
    assert process.pid() is None
    process.start(SLEEP)
    pid = pid_of(process)
    eventually(lambda: Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:2] == SLEEP)
    process.check()
    process.stop()
    assert process.pid() is None
    assert not process.pid_file.exists()


def test_a_second_start_leaves_the_first_alone(process: Process) -> None:
    process.start(SLEEP)
    pid = process.pid()
    process.start(SLEEP)
    assert process.pid() == pid


def test_one_that_was_killed_starts_again(process: Process) -> None:
    process.start(SLEEP)
    killed = pid_of(process)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: process.pid() is None)
    process.start(SLEEP)
    assert pid_of(process) != killed


def test_stopping_what_never_ran_is_no_error(process: Process) -> None:
    process.stop()
    assert process.pid() is None


def test_it_has_a_session_of_its_own(process: Process) -> None:
    process.start(SLEEP)
    pid = pid_of(process)
    # Neither a Ctrl-C at the terminal nor the terminal's end reaches another session's processes.
    assert os.getsid(pid) == pid != os.getsid(0)


def test_it_outlives_who_started_it(sandbox: Sandbox, process: Process) -> None:
    start = (
        "from pathlib import Path; from sandbox.paths import Sandbox; from sandbox.processes import Process; "
        f"Process(sandbox=Sandbox(root=Path({str(sandbox.root)!r})), name='part').start({SLEEP!r})"
    )
    repository = Path(processes.__file__).parent.parent
    subprocess.run([sys.executable, "-c", start], cwd=repository, check=True, timeout=SECONDS)
    assert process.pid() is not None


def test_the_log_has_both_outputs_of_every_run_and_is_its_owners_alone(process: Process) -> None:
    for run in ("first", "second"):
        process.start(shell(f"echo {run}; echo {run} error >&2"))
        eventually(lambda: process.pid() is None)
    assert process.log.read_text().splitlines() == ["first", "first error", "second", "second error"]
    assert stat.S_IMODE(process.log.stat().st_mode) == 0o600


def test_a_program_that_cannot_be_started_is_named(process: Process, tmp_path: Path) -> None:
    cut_off = tmp_path / "cut-off"
    cut_off.write_bytes(b"\x7fELF")
    cut_off.chmod(0o755)
    for program in (cut_off, tmp_path / "missing"):
        with pytest.raises(SandboxError, match=f"^part: {program} cannot be started"):
            process.start([program])
    assert process.pid() is None


def test_its_input_is_empty(process: Process) -> None:
    process.start(shell("cat; echo end of input"))
    eventually(lambda: process.pid() is None)
    assert process.last_line() == "end of input"


def test_the_environment_is_added_to(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KEPT", "kept")
    monkeypatch.setenv("CHANGED", "before")
    process.start(shell('echo "$KEPT $CHANGED"'), {"CHANGED": "after"})
    eventually(lambda: process.pid() is None)
    assert process.last_line() == "kept after"


def test_a_number_that_belongs_to_another_process_now_is_never_signalled(process: Process) -> None:
    with subprocess.Popen(SLEEP) as other:
        process.pid_file.parent.mkdir(parents=True)
        process.pid_file.write_text(f"{other.pid} {int(processes.start_time(other.pid) or 0) - 1}")
        assert process.pid() is None
        process.stop()
        assert not process.pid_file.exists()
        assert other.poll() is None
        other.kill()


def test_one_whose_record_was_lost_is_known_again_and_not_started_twice(process: Process) -> None:
    process.start(SLEEP)
    pid = pid_of(process)
    eventually(lambda: processes.mark_of(pid) != "")  # the system shows a process's environment a moment late
    process.pid_file.unlink()
    process.start(SLEEP)
    assert pid_of(process) == pid
    process.pid_file.unlink()
    process.stop()
    assert processes.start_time(pid) is None


def test_an_end_of_everything_finds_what_nobody_recorded_and_leaves_others_alone(
    sandbox: Sandbox, process: Process, tmp_path: Path
) -> None:
    # A name that begins as the first one's does, and a folder that does.
    neighbours = [
        Process(sandbox=Sandbox(root=tmp_path.with_name(f"{tmp_path.name}-2")), name="part"),
        Process(sandbox=Sandbox(root=tmp_path.with_name(f"{tmp_path.name}-2")), name="partner"),
    ]
    for neighbour in neighbours:
        neighbour.start(SLEEP)
    process.start(shell("sleep 60 & echo ready; wait"))
    eventually(lambda: process.last_line() == "ready")
    process.pid_file.unlink()
    assert len(processes.marked(processes.mark(sandbox))) == 2
    processes.end_all(sandbox)
    assert processes.marked(processes.mark(sandbox)) == {}
    for neighbour in neighbours:
        pid_of(neighbour)
        neighbour.stop()


@pytest.mark.parametrize("content", ["", "1", "1 2 3"])
def test_a_half_written_pid_file_counts_as_none(process: Process, content: str) -> None:
    process.pid_file.parent.mkdir(parents=True)
    process.pid_file.write_text(content)
    assert process.pid() is None


def test_a_program_whose_name_looks_like_the_status_is_recognised(process: Process, tmp_path: Path) -> None:
    program = tmp_path / "a) Z 1 2"
    program.symlink_to("/bin/sleep")
    process.start([program, "60"])
    assert process.pid() is not None


def test_one_that_ended_but_was_not_reaped_does_not_run(process: Process) -> None:
    process.start(shell("exit 3"))
    eventually(lambda: process.pid() is None)
    pid = int(process.pid_file.read_text().split()[0])
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3


def test_one_that_will_not_end_is_made_to(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.2)
    process.start(shell(STUBBORN))
    eventually(lambda: process.log.read_text() == "ready\n")
    pid = pid_of(process)
    process.stop()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    assert not process.pid_file.exists()


def test_waiting_ends_when_it_is_ready(process: Process) -> None:
    process.start(shell("sleep 0.1; echo ready; exec sleep 60"))
    process.wait_for(lambda: process.last_line() == "ready")
    assert process.pid() is not None


def test_one_that_ends_instead_of_getting_ready_is_named_with_its_last_words(process: Process) -> None:
    process.start(shell("echo starting; echo 'address already in use' >&2; exit 1"))
    with pytest.raises(SandboxError, match=r"^part: ended unexpectedly: address already in use") as caught:
        process.wait_for(lambda: False)
    assert str(caught.value).endswith(f"(log: {process.log})")
    assert "\n" not in str(caught.value)


def test_one_that_has_ended_is_not_ready_whoever_answers_in_its_place(process: Process) -> None:
    process.start(shell("echo 'address already in use' >&2; exit 1"))

    def answered() -> bool:
        while process.pid() is not None:
            time.sleep(0.01)
        return True

    with pytest.raises(SandboxError, match=r"^part: ended unexpectedly: address already in use"):
        process.wait_for(answered)


def test_the_one_that_another_needed_is_named(sandbox: Sandbox, process: Process) -> None:
    needed = Process(sandbox=sandbox, name="needed")
    process.start(SLEEP)
    needed.start(shell("echo broken; exit 1"))
    with pytest.raises(SandboxError, match=r"^needed: ended unexpectedly: broken"):
        process.wait_for(lambda: False, needed)


def test_waiting_has_an_end(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "READY_SECONDS", 0.1)
    process.start(SLEEP)
    with pytest.raises(SandboxError, match=r"^part: not ready after 0 s: it printed nothing"):
        process.wait_for(lambda: False)
    assert process.pid() is not None


def test_the_last_line_is_short_enough_for_a_message(process: Process) -> None:
    assert process.last_line() == "it printed nothing"
    process.log.parent.mkdir(parents=True)
    process.log.write_bytes(b"first\n" + b"\xff" + b"x" * 1000 + b"\n\n")
    assert len(process.last_line()) == 300
    assert process.last_line().startswith("\N{REPLACEMENT CHARACTER}x")


def test_what_runs_is_known_by_name(sandbox: Sandbox) -> None:
    assert processes.running(sandbox) == []
    one, two, ended = (Process(sandbox=sandbox, name=name) for name in ("one", "two", "ended"))
    for process in (two, one):
        process.start(SLEEP)
    ended.start(shell("exit 0"))
    eventually(lambda: ended.pid() is None)
    (sandbox.run / "controllers.ready").touch()
    assert processes.running(sandbox) == [one, two]
