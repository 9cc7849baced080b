"""What happens to a volume and to a house, and what comes back."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from drills.backups import trees
from drills.backups.pods import Cluster, Container
from drills.course import Course
from drills.errors import DrillError
from sandbox.controllers import mover

VOLUME: Final = "navidrome-data"
REPOSITORY: Final = "/mnt/repository"
SIZE: Final = 20_000_000
"""Bytes of the large file."""
DAYS: Final = 9
"""Days of history that retention is tried on, one backup each; and as many months."""
PACK_NAME: Final = 64
"""Hexadecimal digits: a pack is called by the digest of what is in it."""
FACTS: Final = ("bytes on the volume", "bytes in the repository", "bytes in the bucket")


@dataclass(kw_only=True)
class Scenario:
    """The steps, on containers of live objects."""

    course: Course
    cluster: Cluster
    folder: Path
    restic: Path
    bucket: Path
    destination: str
    """Name of the ReplicationDestination."""
    figures: dict[str, float] = field(default_factory=dict)
    """What was measured, by what it is."""

    def run(self) -> None:
        """All of them, in order."""
        for name in ("data", "export", "cache"):
            (self.folder / name).mkdir()
        self.repository.mkdir(parents=True)
        trees.make(self.data / "library", SIZE)
        self.before = trees.description(self.data)
        self._back_up()
        self._restore()
        self._wrong_key()
        self._interrupted()
        self._retention()
        self._damage()
        self._outside()

    @property
    def data(self) -> Path:
        """The volume."""
        return self.folder / "data"

    @property
    def repository(self) -> Path:
        """The folder of repositories on the NFS server."""
        return self.folder / "export" / "backups" / "files" / "navidrome"

    def _mover(self, data: Path | None = None) -> Container:
        folders = {mover.DATA: data or self.data, mover.CACHE: self.folder / "cache", REPOSITORY: self.repository}
        kind, name = ("ReplicationSource", VOLUME) if data is None else ("ReplicationDestination", self.destination)
        return self.cluster.mover(kind, name, folders)

    def _check(self) -> Container:
        folders = {mover.CACHE: self.folder / "cache", REPOSITORY: self.repository}
        return self.cluster.job(f"{VOLUME}-check", folders)

    def _back_up(self) -> None:
        with self.course.step(
            "a volume with awkward names, links and modes is backed up",
            expected="1 snapshot",
            within=60,
            essential=True,
        ) as step:
            self._timed("seconds for the first backup", self._mover())
            step.seen = self._snapshots()
        self.figures[FACTS[0]] = trees.bytes_in(self.data)
        self.figures[FACTS[1]] = trees.bytes_in(self.repository)

    def _restore(self) -> None:
        moment = datetime.now(UTC)
        time.sleep(1.1)
        trees.spoil(self.data / "library")
        expected = f"{len(self.before)} paths as they were"
        with self.course.step(
            "files are lost, changed and encrypted, and that is backed up too", expected="2 snapshots", within=60
        ) as step:
            _good(self._mover().run())
            step.seen = self._snapshots()
        with self.course.step(
            "restored to the moment before, beside what there is", expected=expected, within=60, essential=True
        ) as step:
            beside = self.folder / "restored" / "data"
            beside.mkdir(parents=True)
            container = self._mover(beside).changed(RESTORE_AS_OF=moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
            self._timed("seconds for the restore", container)
            step.seen = trees.compared(self.before, trees.description(beside))
        shutil.rmtree(self.data)
        beside.rename(self.data)

    def _wrong_key(self) -> None:
        with self.course.step("a wrong password", expected="refused by name, nothing changed", within=60) as step:
            before = trees.description(self.repository)
            code, said = self._mover().changed(**{mover.PASSWORD: "another"}).run()
            same = "nothing changed" if trees.description(self.repository) == before else "the repository changed"
            named = "refused by name" if code and "wrong password" in said else f"ended with {code}"
            step.seen = f"{named}, {same}"

    def _interrupted(self) -> None:
        trees.grow(self.data / "more", 5 * SIZE)
        with self.course.step("killed in the middle of a backup", expected="a lock is left", within=60) as step:
            process = self._mover().start()
            packs = trees.bytes_in(self.repository)
            while process.poll() is None and trees.bytes_in(self.repository) < packs + SIZE // 2:
                time.sleep(0.02)
            _kill(process)
            step.seen = "a lock is left" if any((self.repository / "data" / "locks").iterdir()) else "no lock"
        with self.course.step(
            "the next backup", expected="made, and nothing forgotten: the repository is locked", within=90
        ) as step:
            snapshots = self._count()
            code, said = self._mover().run()
            made = "made" if self._count() > snapshots else "not made"
            locked = "nothing forgotten: the repository is locked" if code and "locked" in said else f"code {code}"
            step.seen = f"{made}, and {locked}"
        with self.course.step("the check of the day", expected="unlocked, no errors", within=90) as step:
            code, said = self._check().run()
            left = "locked" if any((self.repository / "data" / "locks").iterdir()) else "unlocked"
            step.seen = f"{left}, {'no errors' if not code and 'no errors were found' in said else said[-300:]}"
        with self.course.step("the backup after that", expected="done, forgetting too", within=90) as step:
            code, said = self._mover().run()
            step.seen = "done, forgetting too" if not code else said[-300:]

    def _retention(self) -> None:
        source = self._mover()
        moments = [datetime.now(UTC) - timedelta(days=day) for day in range(1, DAYS + 1)]
        moments += [datetime.now(UTC) - timedelta(days=31 * month) for month in range(1, DAYS + 1)]
        shutil.rmtree(self.data)
        self.data.mkdir()
        (self.data / "small").write_text("small\n")
        with self.course.step(
            "retention after backups of a year", expected="every day and month kept that the options keep", within=120
        ) as step:
            for moment in moments:
                self._restic(source, "backup", "--host", "volsync", "--time", f"{moment:%Y-%m-%d %H:%M:%S}", ".")
            _good(source.run())
            step.seen = _kept(source.environment["FORGET_OPTIONS"], self._times(source))

    def _damage(self) -> None:
        with self.course.step(
            "a byte in the repository rots: checks of a week", expected="found within the week", within=180
        ) as step:
            # A killed backup leaves half a pack under another name, which restic neither reads nor takes away.
            packs = [path for path in (self.repository / "data" / "data").rglob("*") if len(path.name) == PACK_NAME]
            pack = max(packs, key=lambda path: path.stat().st_size)
            pack.chmod(0o600)
            content = bytearray(pack.read_bytes())
            content[len(content) // 2] ^= 1
            pack.write_bytes(content)
            found = sum(self._finds(day) for day in range(1, 8))
            step.seen = "found within the week" if found else "found on no day"
            # What a snapshot consists of is read on each of them, the files' contents on one.
            step.note = f"on {found} of 7 days"
            content[len(content) // 2] ^= 1
            pack.write_bytes(content)

    def _finds(self, day: int) -> bool:
        """Whether the check of that day of the week finds something."""
        calendar = self.folder / "calendar"
        calendar.mkdir(exist_ok=True)
        for program in self.cluster.programs.iterdir():
            if program.is_file() and not (calendar / program.name).exists():
                (calendar / program.name).symlink_to(program)
        (calendar / "date").write_text(f"#!/bin/sh\necho {day}\n")
        (calendar / "date").chmod(0o755)
        code, _ = replace(self._check(), programs=calendar).run()
        return code != 0

    def _outside(self) -> None:
        export, photos = self.folder / "export", self.folder / "export" / "media" / "photos"
        photos.mkdir(parents=True)
        trees.make(photos / "2026", SIZE // 4)
        (export / "media" / "music").mkdir()
        (export / "media" / "music" / "song").write_text("excluded\n")
        folders = {"/export": export, mover.CACHE: self.folder / "cache-outside"}
        (self.folder / "cache-outside").mkdir()
        before = {name: text for name, text in trees.description(export).items() if not name.startswith("media/music")}
        copy = self.cluster.job("outside-copy", folders)
        with self.course.step(
            "everything on NFS is copied outside", expected="copied, nothing of it readable", within=120
        ) as step:
            self._timed("seconds for the copy outside", copy)
            readable = trees.holds(self.bucket, trees.MARKER)
            step.seen = f"copied, {'it is readable in the bucket' if readable else 'nothing of it readable'}"
        self.figures[FACTS[2]] = trees.bytes_in(self.bucket)
        with self.course.step("the check of the copy", expected="no errors", within=120) as step:
            code, said = self.cluster.job("outside-check", folders).run()
            step.seen = "no errors" if not code and "no errors were found" in said else said[-300:]
        with self.course.step(
            "the house is lost: restored from the bucket, the keys and the password alone",
            expected=f"{len(before)} paths as they were",
            within=120,
        ) as step:
            elsewhere = self.folder / "elsewhere"
            started = time.monotonic()
            self._restic(copy, "restore", "latest", "--target", str(elsewhere), cache=self.folder / "new-cache")
            self.figures["seconds for the restore from outside"] = time.monotonic() - started
            got = trees.description(elsewhere / str(export).lstrip("/"))
            step.seen = trees.compared(before, got)

    def _timed(self, what: str, container: Container) -> None:
        started = time.monotonic()
        _good(container.run())
        self.figures[what] = time.monotonic() - started

    def _restic(self, like: Container, *arguments: str, cache: Path | None = None) -> str:
        """What restic says to a person who has the container's environment."""
        environment = {key: like.here(value) for key, value in like.environment.items()}
        environment |= {"RESTIC_CACHE_DIR": str(cache)} if cache else {}
        command = [str(self.restic), *arguments]
        done = subprocess.run(
            command, env=environment, cwd=self.data, capture_output=True, text=True, check=False, timeout=100
        )
        _good((done.returncode, done.stderr))
        return str(done.stdout)

    def _times(self, like: Container) -> list[datetime]:
        found = json.loads(self._restic(like, "snapshots", "--json"))
        return sorted(datetime.fromisoformat(item["time"][:19]).replace(tzinfo=UTC) for item in found)

    def _count(self) -> int:
        return len(list((self.repository / "data" / "snapshots").iterdir()))

    def _snapshots(self) -> str:
        count = self._count()
        return f"{count} snapshot{'' if count == 1 else 's'}"


def _kill(process: subprocess.Popen[str]) -> None:
    """End a container as a node without power does.

    Its processes have to be gone for good: here restic calls a lock stale by its process, on other nodes by its age.
    """
    below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.killpg(process.pid, 9)
    process.wait()
    for child in below:
        with suppress(ChildProcessError):
            os.waitpid(int(child), 0)


def _good(ended: tuple[int, str]) -> None:
    """Refuse what ended with an error.

    Raises:
        DrillError: it did, with the last that it said.
    """
    code, said = ended
    if code:
        message = f"ended with {code}: {said[-400:]}"
        raise DrillError(message)


def _kept(options: str, times: list[datetime]) -> str:
    """Whether of each of the last days and months that have a backup one is left, and no day has two but today."""
    words = options.split()
    wanted = {word: int(number) for word, number in zip(words[::2], words[1::2], strict=True)}
    days, months = {time.date() for time in times}, {(time.year, time.month) for time in times}
    if len(days) < wanted["--keep-daily"]:
        return f"{len(days)} days are left, instead of {wanted['--keep-daily']}"
    if len(months) < min(wanted["--keep-monthly"], DAYS):
        return f"{len(months)} months are left"
    most = sum(wanted.values())
    return "every day and month kept that the options keep" if len(times) <= most else f"{len(times)} are left"
