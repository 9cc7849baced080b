"""The sandbox's child processes: each with a log and a pid file, in a session of its own.

They outlive the command that started them, and are ended by their process id. A pid file also holds the process's start
time, so that a number which the system has given to another process meanwhile is never signalled.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.paths import Sandbox

READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 10.0
"""Between asking a process to end and making it."""
POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process of one sandbox, by name."""

    sandbox: Sandbox
    name: str

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.sandbox.logs / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """Holds `<pid> <start time>`."""
        return self.sandbox.run / f"{self.name}.pid"

    def pid(self) -> int | None:
        """Its process id while it runs."""
        try:
            number, started = self.pid_file.read_text().split()
        except (FileNotFoundError, ValueError):
            return None
        return int(number) if _start_time(int(number)) == started else None

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
        """Start it, unless it runs already; SandboxError if the program cannot be started at all."""
        if self.pid() is not None:
            return
        for folder in (self.sandbox.logs, self.sandbox.run):
            folder.mkdir(parents=True, exist_ok=True)
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        arguments = [str(part) for part in command]
        try:
            pid = os.posix_spawn(
                arguments[0],
                arguments,
                {**os.environ, **(environment or {})},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, str(self.log), append, 0o600),
                    (os.POSIX_SPAWN_DUP2, 1, 2),
                ],
                # A Ctrl-C at the terminal is meant for the command, not for what it has started.
                setsid=True,
            )
        except OSError as error:
            message = (
                f"{self.name}: {arguments[0]} cannot be started ({error.strerror}): delete it, to have it made anew"
            )
            raise SandboxError(message) from None
        self.pid_file.write_text(f"{pid} {_start_time(pid) or ''}")

    def wait_for(self, ready: Callable[[], bool], *others: Process) -> None:
        """Wait until it is ready.

        Raises:
            SandboxError: it, or one of the others that it needs, ended; or it is not ready after `READY_SECONDS`.
        """
        deadline = time.monotonic() + READY_SECONDS
        while not ready():
            for process in (*others, self):
                process.check()
            if time.monotonic() > deadline:
                message = f"{self.name}: not ready after {READY_SECONDS:.0f} s: {self.last_line()} (log: {self.log})"
                raise SandboxError(message)
            time.sleep(POLL_SECONDS)

    def check(self) -> None:
        """Raise SandboxError, with the last line of its log, if it does not run."""
        if self.pid() is None:
            message = f"{self.name}: ended unexpectedly: {self.last_line()} (log: {self.log})"
            raise SandboxError(message)

    def last_line(self) -> str:
        """The last line of its log."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            lines = []
        return lines[-1][:300] if lines else "it printed nothing"

    def stop(self) -> None:
        """End it, by force if it does not end by itself."""
        pid = self.pid()
        if pid is not None:
            _signal(pid, signal.SIGTERM)
            if not self._gone_within(STOP_SECONDS):
                _signal(pid, signal.SIGKILL)
                self._gone_within(STOP_SECONDS)
        self.pid_file.unlink(missing_ok=True)

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


def running(sandbox: Sandbox) -> list[Process]:
    """The sandbox's processes that run."""
    known = sorted(path.stem for path in sandbox.run.glob("*.pid"))
    processes = [Process(sandbox=sandbox, name=name) for name in known]
    return [process for process in processes if process.pid() is not None]


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _start_time(pid: int) -> str | None:
    """Clock ticks from the machine's start to the process's; None if it is gone or only waits to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in brackets and may hold anything.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]
