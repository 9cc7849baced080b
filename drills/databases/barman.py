"""Barman's cloud tools, with the options that the Barman Cloud plugin makes of an ObjectStore.

The order and the names are those of cloudnative-pg/barman-cloud (`pkg/archiver`, `pkg/backup`, `pkg/command`); only the
endpoint is another. Debian's Barman is older than the plugin's: what it does not know it refuses by name.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from drills.errors import DrillError

PROGRAMS: Final = (
    "barman-cloud-backup",
    "barman-cloud-backup-delete",
    "barman-cloud-backup-list",
    "barman-cloud-check-wal-archive",
    "barman-cloud-restore",
    "barman-cloud-wal-archive",
    "barman-cloud-wal-restore",
)
TIMEOUT_SECONDS: Final = 120.0
UNITS: Final = {"d": "DAYS", "w": "WEEKS", "m": "MONTHS"}
PROVIDER: Final = ("--cloud-provider", "aws-s3")


@dataclass(frozen=True, kw_only=True)
class Backup:
    """A base backup, as the archive lists it."""

    id: str
    done: bool
    begun: datetime
    ended: datetime
    first_segment: str


@dataclass(frozen=True, kw_only=True)
class Archive:
    """One ObjectStore's archive, by an endpoint of the drill's."""

    store: Mapping[str, Any]
    """The ObjectStore's `spec`."""
    endpoint: str
    credentials: Mapping[str, str] = field(repr=False)
    user: Sequence[str] = ()
    """What is put before a command so that it runs as somebody else."""
    temporary: Path | None = None
    """Where the tools may leave what they are killed over; None is wherever the system has it."""

    @property
    def configuration(self) -> Mapping[str, Any]:
        """Where and how it archives."""
        found: Mapping[str, Any] = self.store["configuration"]
        return found

    def environment(self) -> dict[str, str]:
        """What the plugin's sidecar has in its environment: its own settings and the credentials."""
        sidecar = (self.store.get("instanceSidecarConfiguration") or {}).get("env") or []
        own = {"TMPDIR": str(self.temporary)} if self.temporary else {}
        return {**own, **{entry["name"]: entry["value"] for entry in sidecar if "value" in entry}, **self.credentials}

    def having(self, credentials: Mapping[str, str]) -> Archive:
        """The same with other credentials."""
        return dataclasses.replace(self, credentials=credentials)

    def wal_archive(self, server: str) -> list[str]:
        """Archives one segment, whose path comes last."""
        wal = self.configuration.get("wal") or {}
        options = [f"--{wal['compression']}"] if wal.get("compression") else []
        options += ["-e", wal["encryption"]] if wal.get("encryption") else []
        options = _with(options, wal.get("archiveAdditionalCommandArgs") or [])
        for option, key in (("--tags", "tags"), ("--history-tags", "historyTags")):
            tags = self.configuration.get(key) or {}
            options += [option, *(f"{name},{value}" for name, value in tags.items())] if tags else []
        return ["barman-cloud-wal-archive", *options, *self._where(server)]

    def wal_restore(self, server: str) -> list[str]:
        """Fetches one segment, whose name and destination come last."""
        more = (self.configuration.get("wal") or {}).get("restoreAdditionalCommandArgs") or []
        return ["barman-cloud-wal-restore", *_with(self._where(server), more)]

    def check(self, server: str) -> list[str]:
        """Succeeds if nothing of a server is archived yet."""
        return ["barman-cloud-check-wal-archive", *self._where(server)]

    def backup(self, server: str, name: str) -> list[str]:
        """Takes a base backup."""
        data = self.configuration.get("data") or {}
        options = ["-U", "postgres", "-n", name]
        options += [f"--{data['compression']}"] if data.get("compression") else []
        options += ["--encryption", data["encryption"]] if data.get("encryption") else []
        options += ["--immediate-checkpoint"] if data.get("immediateCheckpoint") else []
        options += ["--jobs", str(data["jobs"])] if data.get("jobs") else []
        options = _with(options, data.get("additionalCommandArgs") or [])
        tags = self.configuration.get("tags") or {}
        options += ["--tags", *(f"{key},{value}" for key, value in tags.items())] if tags else []
        return ["barman-cloud-backup", *options, *self._where(server)]

    def restore(self, server: str, backup: str, folder: Path) -> list[str]:
        """Unpacks a base backup into a folder."""
        where = ["--endpoint-url", self.endpoint, self.configuration["destinationPath"], server, backup]
        more = (self.configuration.get("data") or {}).get("restoreAdditionalCommandArgs") or []
        return ["barman-cloud-restore", *_with([*where, *PROVIDER], more), str(folder)]

    def retention(self, server: str) -> list[str]:
        """Deletes what the ObjectStore's policy needs no more."""
        found = re.fullmatch(r"([1-9][0-9]*)([dwm])", self.store.get("retentionPolicy") or "")
        if found is None:
            message = f"ObjectStore: retentionPolicy {self.store.get('retentionPolicy')!r}: expected one as in 30d"
            raise DrillError(message)
        policy = f"RECOVERY WINDOW OF {found[1]} {UNITS[found[2]]}"
        endpoint = ["--endpoint-url", self.endpoint, *PROVIDER]
        return [
            "barman-cloud-backup-delete", *endpoint, "--retention-policy", policy,
            self.configuration["destinationPath"], server,
        ]  # fmt: skip

    def backups(self, server: str) -> list[Backup]:
        """What base backups there are, the oldest first.

        Raises:
            DrillError: the archive cannot be read.
        """
        listed = self.run(["barman-cloud-backup-list", "--format", "json", *self._where(server)])
        backups = [_backup(entry) for entry in json.loads(listed)["backups_list"]]
        return sorted(backups, key=lambda backup: backup.ended)

    def run(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
        """Run a tool; what it printed.

        Raises:
            DrillError: it fails, or hangs; with the last line that it printed.
        """
        done = self.attempt(command, environment)
        if done.returncode != 0:
            message = f"{command[0]}: exit code {done.returncode}: {said(done)}"
            raise DrillError(message)
        return done.stdout

    def attempt(
        self,
        command: Sequence[str],
        environment: Mapping[str, str] | None = None,
        seconds: float = TIMEOUT_SECONDS,
    ) -> subprocess.CompletedProcess[str]:
        """Run a tool, whatever comes of it.

        Raises:
            DrillError: it does not end.
        """
        with self.begin(command, environment) as process:
            try:
                out, err = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                kill(process)
                out, err = process.communicate()
                last = said(subprocess.CompletedProcess(command, 0, out, err))
                message = f"{command[0]}: not done within {seconds:.0f} s: {last}"
                raise DrillError(message) from None
            except BaseException:
                kill(process)
                raise
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def run_unless(self, command: Sequence[str], environment: Mapping[str, str], word: str) -> None:
        """Run a tool, and end it as soon as it says a word: it may hang after that.

        Raises:
            DrillError: it says so, or fails.
        """
        with self.begin(command, environment) as process:
            try:
                for line in process.stderr or ():
                    if word in line:
                        message = f"{command[0]}: {line.partition('ERROR: ')[2].strip() or line.strip()}"
                        raise DrillError(message)
                process.wait()
            except BaseException:
                kill(process)
                raise
        if process.returncode:
            message = f"{command[0]}: exit code {process.returncode}"
            raise DrillError(message)

    def begin(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a tool, and do not wait for it."""
        whole = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **self.environment(), **(environment or {})}
        return subprocess.Popen(
            [*self.user, *command],
            env=whole,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def _where(self, server: str) -> list[str]:
        return ["--endpoint-url", self.endpoint, *PROVIDER, self.configuration["destinationPath"], server]


def kill(process: subprocess.Popen[str]) -> None:
    """End a tool with the processes that it has started: they would wait for it for ever."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The last error that a tool printed, without its time."""
    lines = [line for line in done.stderr.splitlines() if "ERROR" in line] or done.stderr.splitlines() or ["nothing"]
    return lines[-1].partition("ERROR: ")[2] or lines[-1]


def _with(options: list[str], more: Sequence[str]) -> list[str]:
    """Options and those of the additional ones that are not among them."""
    return [*options, *(option for option in more if option.partition("=")[0] not in options)]


def _backup(entry: Mapping[str, Any]) -> Backup:
    return Backup(
        id=entry["backup_id"],
        done=entry["status"] == "DONE",
        begun=_time(entry["begin_time"]),
        ended=_time(entry["end_time"]),
        first_segment=entry["begin_wal"],
    )


def _time(text: str | None) -> datetime:
    """A time as Barman writes it, in the zone of its machine; the beginning of time for none."""
    return datetime.strptime(text, "%a %b %d %H:%M:%S %Y").astimezone() if text else datetime.min.replace(tzinfo=UTC)
