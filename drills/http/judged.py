"""The other column: what the wiring check, and the sandbox's controllers, say of the same objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from doctor.check import CHECKS, Reference
from doctor.examination import examine
from doctor.snapshot import Snapshot
from drills.course import Course
from drills.http import signing_in, tls
from drills.http.scene import Scene
from drills.http.traefik import ROUTES
from sandbox import kube
from sandbox.controllers import routes

ASKED: Final = ("route", "forward auth", "TLS", "guarded")
"""How the names of those checks begin that are about Traefik's objects."""
NOT_COVERED: Final = "not covered: nothing in a sandbox answers requests"
SAYS: Final = re.compile(r"answers \d{3}|closes the connection|the default certificate")
"""How a fault says what visitors get."""
WITHIN: Final = 60.0


@dataclass(frozen=True, kw_only=True)
class Judge:
    """The wiring check, of one cluster and one stack."""

    course: Course
    """Of its own: its steps come in the order of the first course only at the end."""
    cluster: kube.Client
    export: Mapping[str, Any]

    def references(self) -> list[Reference]:
        """What it says of everything that Traefik has to do with."""
        checks = [each for each in CHECKS if each.name.startswith(ASKED)]
        report = examine(Snapshot.read(self.cluster, self.export), datetime.now(tz=UTC), checks)
        return [reference for found in report.results.values() for reference in found]

    def faults(self, subject: str = "") -> list[str]:
        """What is wrong, of one object or of all."""
        return [
            f"{reference.subject}: {reference.fault}"
            for reference in self.references()
            if reference.fault and subject in ("", reference.subject)
        ]

    def all_well(self, scene: Scene, started: str, no_fault: str) -> None:
        """The steps that are about objects as they are."""
        with self.course.step(started, expected=no_fault, within=WITHIN) as step:
            step.seen = "; ".join(self.faults()) or no_fault
            step.note = f"{len(self.references())} references"
        with self.course.step(tls.COVERED, expected="all", within=WITHIN) as step:
            covered = {reference.target: reference.fault for reference in self.references()}
            wrong = [
                f"{host.name}: {covered.get(host.name, 'not looked at')}"
                for host in scene.hosts
                if covered.get(host.name, "x")
            ]
            step.seen = "; ".join(wrong) or "all"
        with self.course.step(signing_in.LEADS, expected=signing_in.OWN, within=WITHIN) as step:
            known = self.cluster.list(*ROUTES)
            wrong = [
                f"{host.name}: {found or 'no route'}"
                for host in scene.unguarded
                if host.main.service and (found := _host(known, *host.main.service)) != host.name
            ]
            step.seen = "; ".join(wrong) or signing_in.OWN

    def says(self, subject: str) -> str:
        """What visitors see, as the faults of an object say it; what is wrong, if they do not; or that nothing is."""
        found = self.faults(subject)
        seen = sorted({said[0] for fault in found if (said := SAYS.search(fault))})
        return ", ".join(seen) or "; ".join(found) or "finds no fault"

    def beside(self, real: Course) -> Course:
        """A course with the same steps as the real one, in the same order."""
        own = {row.what: row for row in self.course.rows}
        for row in real.rows:
            if row.what not in own:
                self.course.cannot(row.what, expected=row.expected, why=NOT_COVERED)
        own = {row.what: row for row in self.course.rows}
        self.course.rows[:] = [own[row.what] for row in real.rows]
        return self.course


def _host(known: list[kube.Object], namespace: str, service: str) -> str | None:
    """By what host the sandbox's controllers take a Service to be reached."""
    return routes.host_by_route(known, service, namespace)
