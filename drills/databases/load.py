"""Somebody who writes all the time, and knows of every commit whether the server has acknowledged it."""

from __future__ import annotations

import hashlib
import itertools
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from drills.databases.server import Server

TABLE: Final = "drill_rows"
PUT: Final = "PREPARE put (bigint, text) AS INSERT INTO drill_rows VALUES ($1, $2) RETURNING id;\n"
ROWS: Final = "SELECT id || ' ' || payload FROM drill_rows ORDER BY id"
PAUSE_SECONDS: Final = 0.02
RETRY_SECONDS: Final = 0.2


@dataclass(frozen=True, kw_only=True)
class Written:
    """One row: when it was sent, and when its commit was acknowledged, if it was; both by the machine's clock."""

    sent: float
    acknowledged: float | None = None


@dataclass(kw_only=True)
class Load:
    """Rows that go to one server, one commit each.

    A row whose commit was neither acknowledged nor refused is in doubt: it may be there or not.
    """

    server: Server
    database: str
    owner: str
    rows: dict[int, Written] = field(default_factory=dict)
    """By their numbers, of which none is used twice."""
    _next: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def prepare(self) -> None:
        """Make the table."""
        self.server.ask(
            f"CREATE TABLE {TABLE} (id bigint PRIMARY KEY, payload text NOT NULL)", self.database, self.owner
        )

    def forget(self) -> None:
        """Know nothing of what was written so far: its table is gone."""
        with self._lock:
            self.rows.clear()

    @contextmanager
    def running(self) -> Iterator[Load]:
        """Write as long as the block runs; whatever happens to the server meanwhile."""
        self._over.clear()
        thread = threading.Thread(target=self._run, name="load", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def acknowledged(self, *, before: float | None = None) -> set[int]:
        """Rows whose commits were acknowledged, before a moment or at all."""
        with self._lock:
            rows = list(self.rows.items())
        return {
            number
            for number, row in rows
            if row.acknowledged is not None and (before is None or row.acknowledged <= before)
        }

    def sent_after(self, moment: float) -> set[int]:
        """Rows that were sent after a moment only."""
        with self._lock:
            return {number for number, row in self.rows.items() if row.sent > moment}

    def last(self, numbers: set[int]) -> float:
        """When the last of some rows was acknowledged."""
        with self._lock:
            return max(
                (self.rows[number].acknowledged or 0.0 for number in numbers if number in self.rows), default=0.0
            )

    def wait_for_more(self, count: int, seconds: float) -> bool:
        """Wait until so many more commits are acknowledged; whether they were in that time."""
        wanted, end = len(self.acknowledged()) + count, time.monotonic() + seconds
        while len(self.acknowledged()) < wanted:
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _run(self) -> None:
        while not self._over.is_set():
            self._write_until_it_fails()
            self._over.wait(RETRY_SECONDS)

    def _write_until_it_fails(self) -> None:
        command = self.server.session(self.database, self.owner)
        session = subprocess.Popen(
            command,
            env=self.server.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        with suppress(OSError):  # it ends with its server
            self._write_by(session)
        session.kill()
        for pipe in (session.stdin, session.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()
        session.wait()

    def _write_by(self, session: subprocess.Popen[str]) -> None:
        if session.stdin is None or session.stdout is None:
            return
        session.stdin.write(PUT)
        while not self._over.is_set():
            number = self._sent()
            session.stdin.write(f"EXECUTE put ({number}, '{payload(number)}');\n")
            # The line comes when the command is complete, and that is after its commit.
            if session.stdout.readline().strip() != str(number):
                return
            self._acknowledge(number)
            time.sleep(PAUSE_SECONDS)

    def _sent(self) -> int:
        with self._lock:
            number = next(self._next)
            self.rows[number] = Written(sent=time.time())
            return number

    def _acknowledge(self, number: int) -> None:
        with self._lock:
            if number in self.rows:
                self.rows[number] = Written(sent=self.rows[number].sent, acknowledged=time.time())


def payload(number: int) -> str:
    """What a row says: known from its number, and nothing that compresses well."""
    return "".join(hashlib.sha256(f"{number}:{part}".encode()).hexdigest() for part in range(8))


def found_in(server: Server, database: str) -> dict[int, str]:
    """Every row of a server's table."""
    lines = server.ask(ROWS, database).splitlines()
    return {int(number): text for number, text in (line.split(" ", 1) for line in lines)}


def differs(found: Mapping[int, str]) -> list[int]:
    """Rows that say something else than what was written."""
    return [number for number, text in found.items() if text != payload(number)]
