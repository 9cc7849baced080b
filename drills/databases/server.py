"""A real PostgreSQL server: as the live Cluster says, with what CloudNativePG adds to every server that archives."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from drills import users
from drills.databases import installed
from drills.databases.barman import Archive
from drills.databases.waiting import wait_until
from drills.errors import DrillError
from sandbox.paths import Sandbox
from sandbox.processes import Process

ALWAYS: Final = {
    "archive_mode": "on",
    "wal_level": "logical",
    "wal_log_hints": "on",
    "full_page_writes": "on",
    "hot_standby": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
"""What CloudNativePG sets of the write-ahead log for each server (its `pkg/postgres`), and the clock of its pods."""
PORT: Final = 5432
"""Of a socket in a folder, and of no network."""
ENVIRONMENT: Final = "environment"
"""The file with what the archive's tools have in their environment."""
STOP_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.1
QUERY_SECONDS: Final = 30.0
START_SECONDS: Final = 240.0
"""For a recovery, which fetches one segment after the other."""
SWITCH_SECONDS: Final = 90.0
"""For the archiving of what waits; after three failures PostgreSQL pauses."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """One server."""

    sandbox: Sandbox
    place: Path
    """Where servers have their folders."""
    name: str
    """Of the server in its archive too."""
    programs: Path
    """Folder of PostgreSQL's own programs."""
    archive: Archive

    @property
    def folder(self) -> Path:
        """All that is its own."""
        return self.place / self.name

    @property
    def data(self) -> Path:
        """Its data directory."""
        return self.folder / "data"

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(sandbox=self.sandbox, name=self.name)

    @property
    def environment(self) -> dict[str, str]:
        """What whoever talks to it needs."""
        return {"PGHOST": str(self.folder), "PGPORT": str(PORT), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def initdb(self, bootstrap: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        """Make it, empty, with the owner and the database of a Cluster's `bootstrap.initdb`, and start it.

        Raises:
            SandboxError: a program refuses, or the server does not start.
        """
        users.give(self.folder, installed.user())
        options = ["--username=postgres", "--auth=trust", f"--encoding={bootstrap.get('encoding') or 'UTF8'}"]
        options += [f"--locale={bootstrap.get('localeCollate') or 'C'}"]
        options += ["--data-checksums"] if bootstrap.get("dataChecksums") else []
        options += [f"--wal-segsize={bootstrap['walSegmentSize']}"] if bootstrap.get("walSegmentSize") else []
        self._run([self.programs / "initdb", "--pgdata", self.data, *options])
        self.configure(parameters)
        self.start()
        self.ask(f'CREATE ROLE "{bootstrap["owner"]}" LOGIN')
        self.ask(f'CREATE DATABASE "{bootstrap["database"]}" OWNER "{bootstrap["owner"]}"')

    def configure(self, parameters: Mapping[str, str]) -> None:
        """Write its parameters; the last word in PostgreSQL's own file is theirs."""
        whole = {
            **ALWAYS,
            **parameters,
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "port": str(PORT),
            "archive_command": f"{self._script('archive', self.archive.wal_archive(self.name))} %p",
        }
        self.use(self.archive)
        self._write(self.folder / "drill.conf", [f"{name} = {_quoted(value)}" for name, value in whole.items()])
        main = self.data / "postgresql.conf"
        include = f"include = '{self.folder}/drill.conf'"
        kept = [line for line in main.read_text().splitlines() if not line.startswith("include = ")]
        self._write(main, [*kept, include])

    def use(self, archive: Archive) -> None:
        """Archive and restore with the credentials of an archive from now on, as when the plugin reads a Secret."""
        lines = [f"{name}={shlex.quote(value)}" for name, value in archive.environment().items()]
        self._write(self.folder / ENVIRONMENT, lines, mode=0o600)

    def recover(self, source: str, target: str | None) -> None:
        """Have it begin with a recovery from the archive of a server, to a time with its zone, or to the end."""
        command = f"{self._script('restore', self.archive.wal_restore(source))} %f %p"
        lines = [f"restore_command = {_quoted(command)}", "recovery_target_action = promote"]
        lines += [f"recovery_target_time = {_quoted(target)}"] if target else []
        with (self.folder / "drill.conf").open("a") as file:
            file.write("\n".join([*lines, ""]))
        self._write(self.data / "recovery.signal", [])

    def start(self) -> None:
        """Start it, and wait until it takes writes.

        Raises:
            SandboxError: it ends, or does not in time.
        """
        words = [str(self.programs / "postgres"), "-D", str(self.data)]
        self.process.start([*users.prefix(installed.user()), *words])
        wait_until(self._takes_writes, f"{self.name} takes no writes", START_SECONDS)

    def stop(self) -> None:
        """End it; its last segment is archived before."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a machine without power does, with all that it has started."""
        self._end(signal.SIGKILL)
        for pid in self._inside():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def session(self, database: str, user: str) -> list[str]:
        """A client that prints plain rows, and ends with the first error."""
        options = ("--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1")
        return [str(self.programs / "psql"), *options, f"--dbname={database}", f"--username={user}"]

    def ask(self, sql: str, database: str = "postgres", user: str = "postgres") -> str:
        """What a superuser, or somebody else, gets for an answer.

        Raises:
            DrillError: it does not run, or refuses.
        """
        command = [*self.session(database, user), "-c", sql]
        done = subprocess.run(
            command, env=self.environment, check=False, capture_output=True, text=True, timeout=QUERY_SECONDS
        )
        if done.returncode != 0:
            message = f"{self.name}: {done.stderr.strip()}"
            raise DrillError(message)
        return done.stdout.strip()

    def switch(self, seconds: float = SWITCH_SECONDS) -> str:
        """Begin a new segment, and wait until the one before it is archived; its name.

        Raises:
            DrillError: it is not in that time.
        """
        segment = self.ask("SELECT pg_walfile_name(pg_switch_wal())")
        wait_until(lambda: self.archived() >= segment, f"{self.name}: segment {segment} is not archived", seconds)
        return segment

    def archived(self) -> str:
        """The newest segment that it has archived; empty for none."""
        return self.ask("SELECT coalesce(left(last_archived_wal, 24), '') FROM pg_stat_archiver")

    def failures(self) -> int:
        """How often archiving has failed since it was made."""
        return int(self.ask("SELECT failed_count FROM pg_stat_archiver"))

    def waiting(self) -> int:
        """How many segments wait to be archived."""
        return int(self.ask("SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name ~ '^[0-9A-F]{24}.ready$'"))

    def complaint(self) -> str:
        """The last error of the archiving in its log; empty if there is none."""
        lines = self.process.log.read_text(errors="replace").splitlines() if self.process.log.exists() else []
        # PostgreSQL's own errors have two blanks there.
        errors = [found[1] for line in lines if (found := re.search(r"\] ERROR: (\S.*)", line))]
        return errors[-1] if errors else ""

    def _takes_writes(self) -> bool:
        self.process.check()
        try:
            return self.ask("SELECT pg_is_in_recovery()") == "f"
        except DrillError:
            return False

    def _inside(self) -> list[int]:
        """The processes that work in its data directory, as all do that it starts."""
        found: list[int] = []
        for folder in Path("/proc").iterdir():
            with suppress(OSError):  # gone meanwhile, or somebody else's
                if folder.name.isdigit() and (folder / "cwd").readlink() == self.data:
                    found.append(int(folder.name))
        return found

    def _end(self, number: signal.Signals) -> None:
        pid = self.process.pid()
        if pid is None:
            return
        os.kill(pid, number)
        end = time.monotonic() + STOP_SECONDS
        while self.process.pid() is not None:
            if time.monotonic() > end:
                message = f"{self.name}: does not end"
                raise DrillError(message)
            time.sleep(POLL_SECONDS)
        # PostgreSQL takes one for running that only waits to be reaped.
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)

    def _script(self, name: str, command: Sequence[str]) -> Path:
        """A program of the server's for one of its commands: what comes with each call comes last."""
        path = self.folder / name
        read = f"set -a; . {shlex.quote(str(self.folder / ENVIRONMENT))}"
        self._write(path, ["#!/bin/sh", read, f'exec {shlex.join(command)} "$@"'], mode=0o755)
        return path

    def _write(self, path: Path, lines: Sequence[str], mode: int = 0o644) -> None:
        path.touch(mode=mode)
        path.write_text("\n".join([*lines, ""]))
        path.chmod(mode)
        users.give(path, installed.user())

    def _run(self, command: Sequence[str | Path]) -> None:
        words = [*users.prefix(installed.user()), *map(str, command)]
        done = subprocess.run(words, env=self.environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            message = f"{Path(command[0]).name}: {done.stderr.strip()[-300:]}"
            raise DrillError(message)


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
