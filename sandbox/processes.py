"""The sandbox's child processes: each with a log and a pid file, in a session of its own.

They outlive the command that started them, and are ended by their process id. A pid file also holds the process's start
time, so that a number which the system has given to another process meanwhile is never signalled.

A command may be killed between a start and its record, and a record may be lost. So every process also carries a mark
in its environment, which its children inherit: what the files do not know is found by that.
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

READY_SECONDS: Final = 120.0
STOP_SECONDS: Final = 10.0
"""Between asking a process to end and making it."""
POLL_SECONDS: Final = 0.05
MARK: Final = "HOMELAB_SANDBOX_PART"
"""Environment variable that says of which sandbox a process is a part, and which part: `<folder>:<part>:`."""


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
        """Its process id while it runs, as its record has it."""
        try:
            number, started = self.pid_file.read_text().split()
            return int(number) if start_time(int(number)) == started else None
        except (FileNotFoundError, ValueError):
            return None

    def _found(self) -> int | None:
        """Its process id while it runs, whether it was recorded or not."""
        return self.pid() or next(iter(marked(mark(self.sandbox, self.name))), None)

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None) -> None:
        """Start it, unless it runs already; SandboxError if the program cannot be started at all."""
        if (pid := self._found()) is not None:
            self._record(pid)
            return
        for folder in (self.sandbox.logs, self.sandbox.run):
            folder.mkdir(parents=True, exist_ok=True)
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        arguments = [str(part) for part in command]
        try:
            pid = os.posix_spawn(
                arguments[0],
                arguments,
                {**os.environ, **(environment or {}), MARK: mark(self.sandbox, self.name)},
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
        self._record(pid)

    def _record(self, pid: int) -> None:
        self.pid_file.write_text(f"{pid} {start_time(pid) or ''}")

    def wait_for(self, ready: Callable[[], bool], *others: Process) -> None:
        """Wait until it is ready.

        Raises:
            SandboxError: it, or one of the others that it needs, ended; or it is not ready after `READY_SECONDS`.
        """
        deadline = time.monotonic() + READY_SECONDS
        while True:
            is_ready = ready()
            # What it is known by may be another's: what has ended was not ready, whatever answers in its place.
            for process in (*others, self):
                process.check()
            if is_ready:
                return
            if time.monotonic() > deadline:
                message = f"{self.name}: not ready after {READY_SECONDS:.0f} s: {self.last_line()} (log: {self.log})"
                raise SandboxError(message)
            time.sleep(POLL_SECONDS)

    def has_ended(self) -> bool:
        """Whether it does not run any more, and nobody has stopped it."""
        return self.pid() is None and self.pid_file.exists()

    def forget(self) -> None:
        """Have no record of one that has ended, as after a power cut: it is not missed before it is started again."""
        if self.has_ended():
            self.pid_file.unlink()

    def check(self) -> None:
        """Raise SandboxError, with the last line of its log, if it does not run."""
        if self.pid() is None:
            raise SandboxError(self.obituary())

    def obituary(self) -> str:
        """What is said of it when it has ended, and should not have."""
        return f"{self.name}: ended unexpectedly: {self.last_line()} (log: {self.log})"

    def last_line(self) -> str:
        """The last line of its log."""
        try:
            lines = self.log.read_text(errors="replace").strip().splitlines()
        except FileNotFoundError:
            lines = []
        return lines[-1][:300] if lines else "it printed nothing"

    def stop(self) -> None:
        """End it, by force if it does not end by itself."""
        pid = self._found()
        if pid is not None:
            end({pid: start_time(pid) or ""})
        self.pid_file.unlink(missing_ok=True)


def running(sandbox: Sandbox) -> list[Process]:
    """The sandbox's processes that run."""
    known = sorted(path.stem for path in sandbox.run.glob("*.pid"))
    processes = [Process(sandbox=sandbox, name=name) for name in known]
    return [process for process in processes if process.pid() is not None]


def end_all(sandbox: Sandbox) -> None:
    """End every process of a sandbox, recorded or not, the youngest first: it needs those before it."""
    for pid, started in reversed(marked(mark(sandbox)).items()):
        end({pid: started})
    for process in running(sandbox):
        process.stop()
    for file in sandbox.run.glob("*.pid"):
        file.unlink(missing_ok=True)


def mark(sandbox: Sandbox, part: str = "") -> str:
    """The mark of a part; that of no part begins every mark of the sandbox."""
    return f"{sandbox.root}:{part}:" if part else f"{sandbox.root}:"


def marked(prefix: str) -> dict[int, str]:
    """Start times of the processes whose mark begins so, by process id, the oldest first."""
    found: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid() and mark_of(int(folder.name)).startswith(prefix):
            started = start_time(int(folder.name))
            if started is not None:
                found[int(folder.name)] = started
    return dict(sorted(found.items(), key=lambda item: int(item[1])))


def mark_of(pid: int) -> str:
    """The mark of a process, empty if it has none."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:  # gone meanwhile, or somebody else's
        return ""
    name = f"{MARK}=".encode()
    return next((os.fsdecode(item.removeprefix(name)) for item in variables if item.startswith(name)), "")


def end(processes: Mapping[int, str], seconds: float | None = None) -> None:
    """End processes, by id and start time: all are asked, and those that have not gone in time are made to."""
    seconds = STOP_SECONDS if seconds is None else seconds
    for number in (signal.SIGTERM, signal.SIGKILL):
        left = _alive(processes)
        for pid in left:
            send(pid, number)
        deadline = time.monotonic() + seconds
        while _alive(left) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def _alive(processes: Mapping[int, str]) -> dict[int, str]:
    return {pid: started for pid, started in processes.items() if start_time(pid) == started}


def send(pid: int, number: signal.Signals) -> None:
    """Signal a process; one that is gone is past it."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def start_time(pid: int) -> str | None:
    """Clock ticks from the machine's start to the process's; None if it is gone or only waits to be reaped."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in brackets and may hold anything.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]
