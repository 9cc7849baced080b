"""A program that a command waits for, and what it leaves when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from sandbox import foreground, processes
from sandbox.paths import Sandbox

KILLED = "sleep 60 & echo $! > left; kill -9 $$"


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    return Sandbox(root=tmp_path)


def ran(sandbox: Sandbox, script: str) -> int:
    command = ["sh", "-c", script]
    folder, environment = sandbox.root, dict(os.environ)
    return foreground.run(sandbox, command, folder=folder, environment=environment, capture=False).returncode


def test_what_a_killed_program_leaves_is_ended(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreground, "ORPHANED_SECONDS", 0.2)
    assert ran(sandbox, KILLED) == -signal.SIGKILL
    left = int((sandbox.root / "left").read_text())
    assert processes.start_time(left) is None


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_as_it_is_started_reaches_it_too(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(subprocess.Popen[str]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            while not (sandbox.root / "begun").exists():
                time.sleep(0.02)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        ran(sandbox, "trap 'echo > asked; exit 1' INT; echo > begun; while true; do sleep 0.1; done")
    assert (sandbox.root / "asked").exists()
    assert processes.marked(processes.mark(sandbox, foreground.PART)) == {}


def test_one_that_ends_by_itself_may_leave_something(sandbox: Sandbox) -> None:
    assert ran(sandbox, "sleep 60 & echo $! > left") == 0
    left = int((sandbox.root / "left").read_text())
    started = processes.start_time(left)
    assert started is not None
    processes.end({left: started})
