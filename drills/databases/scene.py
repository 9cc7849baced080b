"""What the steps of the drill share: the database that was found, its server, its gateway, who writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from drills import users
from drills.course import Course, Step
from drills.databases import installed
from drills.databases.barman import Archive
from drills.databases.found import Database
from drills.databases.load import Load, differs, found_in
from drills.databases.restore import Restored, restore
from drills.databases.server import Server
from drills.databases.simulated import Simulation
from drills.disk import Disk
from drills.gateway import PROGRAM, Gateway
from sandbox import kube
from sandbox.cluster import free_ports
from sandbox.paths import Sandbox

ARCHIVE_TIMEOUT: Final = "archive_timeout"
SHORT_SECONDS: Final = 20
SOONER: Final = {ARCHIVE_TIMEOUT: f"{SHORT_SECONDS}s"}
"""Parameters of PostgreSQL that are others than the live ones: nobody wants to wait for minutes for a segment."""
NONE_LOST: Final = "0 lost, 0 changed, 0 too many"
BACKING_UP: Final = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'barman%'"
PARTS: Final = ".sgwtmp"
"""Where the gateway has what is still being uploaded, in the bucket."""
NOT_SIMULATED: Final = "not covered: what is in an archive is simulated nowhere"


@dataclass(kw_only=True)
class Scene:
    """One database under way."""

    course: Course
    simulated: Course
    sandbox: Sandbox
    place: Path
    database: Database
    gateway: Gateway
    server: Server
    load: Load
    simulation: Simulation
    disk: Disk

    @classmethod
    def of(
        cls,
        database: Database,
        *,
        cluster: kube.Client,
        courses: Sequence[Course],
        sandbox: Sandbox,
        place: Path,
        tools: Mapping[str, Path],
    ) -> Scene:
        """Everything for a database, and nothing of it started."""
        gateway = Gateway(
            sandbox=sandbox,
            place=place / "gateway",
            cluster=cluster,
            workload=database.gateway,
            program=tools[PROGRAM],
            port=free_ports(1)[0],
        )
        temporary = place / "tmp"
        users.give(temporary, installed.user())
        archive = Archive(
            store=database.store["spec"],
            endpoint=gateway.endpoint,
            credentials=database.credentials,
            user=users.prefix(installed.user()),
            temporary=temporary,
        )
        server = Server(
            sandbox=sandbox,
            place=place / "servers",
            name=database.server,
            programs=installed.programs(),
            archive=archive,
        )
        load = Load(server=server, database=database.initdb["database"], owner=database.initdb["owner"])
        real, simulated = courses
        return cls(
            course=real,
            simulated=simulated,
            sandbox=sandbox,
            place=place,
            database=database,
            gateway=gateway,
            server=server,
            load=load,
            simulation=Simulation(cluster=cluster, database=database),
            disk=Disk(folder=gateway.store),
        )

    @property
    def archive(self) -> Archive:
        """The archive of the database's own server."""
        return self.server.archive

    @property
    def parameters(self) -> dict[str, str]:
        """The Cluster's, but for those that make one wait."""
        return {**self.database.parameters, **SOONER}

    def backing_up(self) -> bool:
        """Whether a base backup has begun and has not ended."""
        return self.server.ask(BACKING_UP) != "0"

    def rows(self, server: Server) -> dict[int, str]:
        """All that is in a server's table."""
        return found_in(server, self.load.database)

    def cannot(self, what: str, *, expected: str, why: str) -> None:
        """Say that nobody can do a step here."""
        for course in (self.course, self.simulated):
            course.cannot(what, expected=expected, why=why)

    @contextmanager
    def both(self, what: str, *, expected: str, within: float, simulated: Callable[[Scene], str]) -> Iterator[Step]:
        """A step of the real programs, and then of the simulation, which is looked at until it says the same."""
        with self.course.step(what, expected=expected, within=within) as step:
            yield step
        with self.simulated.step(what, expected=expected, within=within) as step:
            step.until(lambda: simulated(self))

    @contextmanager
    def step(self, what: str, *, expected: str, within: float, essential: bool = False) -> Iterator[Step]:
        """A step that only the real programs can do."""
        self.simulated.cannot(what, expected=expected, why=NOT_SIMULATED)
        with self.course.step(what, expected=expected, within=within, essential=essential) as step:
            yield step

    def restored(self, name: str, target: datetime | None = None) -> Restored:
        """A new server, restored to a moment or to the end of the archive.

        Raises:
            SandboxError: it cannot be restored.
        """
        beside = dataclasses.replace(self.server, name=name)
        return restore(beside, self.server.name, self.parameters, target)

    def compared(self, server: Server, *, there: set[int], absent: set[int]) -> str:
        """What a server's rows are, beside what has to be there and what must not."""
        rows = self.rows(server)
        lost, more, changed = there - rows.keys(), absent & rows.keys(), differs(rows)
        return f"{len(lost)} lost, {len(changed)} changed, {len(more)} too many"

    def files(self) -> dict[str, int]:
        """What is in the bucket: sizes by path."""
        bucket = self.gateway.store / self.database.bucket
        return {
            str(path.relative_to(bucket)): path.stat().st_size
            for path in bucket.rglob("*")
            if path.is_file() and PARTS not in path.parts
        }

    def size(self) -> str:
        """How much is in the bucket."""
        return f"{sum(self.files().values()) / 1e6:.1f} MB in the store"
