"""The steps, for either judge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from drills.course import Course
from drills.tunnel.configurations import ASKED, BROKEN, PLACES, SOUND
from drills.tunnel.found import Tunnel
from drills.tunnel.judges import Judge
from drills.tunnel.requests import PATHS, TRICKS, expected

WITHIN: Final = 240.0
"""Seconds for a step: each question starts cloudflared once."""
PLACED: Final = (
    *(0, 0, 0, 0, 0, 0, 0),  # exact.example.org: the first that takes it
    *(2, 1, 1, 2, 2, 2, 1),  # other.example.org: a path is searched for, in its own letters
    *(2, 1, 1, 2, 2, 2, 1),  # a.b.example.org: a wildcard is any number of labels
    *(2, 1, 1, 2, 2, 2, 1),  # late.example.org: its own rule comes too late
    *(5, 5, 5, 5, 4, 5, 5),  # example.org: no wildcard has it
    *(2, 1, 1, 2, 2, 2, 1),  # EXACT.example.org: not the exact rule
    *(5, 5, 5, 5, 4, 5, 5),  # exact.example.org.: not even the wildcard
    *(5, 5, 5, 5, 4, 5, 5),  # evilexample.org: the dot of the wildcard counts
    *(0, 0, 0, 0, 0, 0, 0),  # exact.example.org:8443: the port does not
    *(5, 5, 5, 5, 4, 5, 5),  # elsewhere.example
)
"""Which of `PLACES` takes each of `ASKED`."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is gone through, on one course."""

    course: Course
    judge: Judge
    tunnels: Sequence[Tunnel]
    asked: list[str] = field(default_factory=list)
    """Every URL that was asked for."""

    def run(self) -> None:
        """All steps."""
        for tunnel in self.tunnels:
            self.live(tunnel)
        self.configurations()
        with self.course.step(
            "rules whose order, wildcards and paths decide", expected=_line(PLACED), within=WITHIN
        ) as step:
            step.seen = _line(self.place(PLACES, host, path) for host, path in ASKED)

    def live(self, tunnel: Tunnel) -> None:
        """The live rules of a tunnel."""
        name = f"tunnel {tunnel.name}"
        with self.course.step(f"{name}: its rules", expected="valid", within=WITHIN) as step:
            step.seen = self.judge.problem(tunnel.rules) or "valid"
        count = f"{len(tunnel.hosts)} of {len(tunnel.hosts)}"
        asked = f"{name}: {len(PATHS)} paths of each host"
        with self.course.step(asked, expected=f"{count} lead where they have to", within=WITHIN) as step:
            wrong = self.wrong(tunnel, tunnel.hosts, PATHS)
            step.seen = wrong or f"{count} lead where they have to"
        for trick in TRICKS:
            where = "as the host itself" if trick.itself else "404"
            with self.course.step(f"{name}: {trick.what}", expected=where, within=WITHIN) as step:
                step.seen = self.wrong(tunnel, expected(tunnel.hosts, trick), ("/",)) or where

    def wrong(self, tunnel: Tunnel, hosts: Mapping[str, str], paths: Sequence[str]) -> str:
        """The first request that is led elsewhere; empty if none is."""
        if not hosts:
            return "there is no host to ask for"
        for host, service in hosts.items():
            for path in paths:
                found = tunnel.rules[self.place(tunnel.rules, host, path)]["service"]
                if found != service:
                    return f"{host}{path} leads to {found} instead of {service}"
        return ""

    def place(self, rules: Sequence[Mapping[str, Any]], host: str, path: str) -> int:
        """The place of the rule that takes a request."""
        self.asked.append(f"{host}{path}")
        return self.judge.rule_for(rules, host, path)

    def configurations(self) -> None:
        """Broken rules, and unusual ones."""
        for what, rules in BROKEN.items():
            with self.course.step(f"refused: {what}", expected="refused", within=WITHIN) as step:
                step.note = self.judge.problem(rules)
                step.seen = "refused" if step.note else "taken"
        for what, rules in SOUND.items():
            with self.course.step(f"taken: {what}", expected="taken", within=WITHIN) as step:
                step.seen = self.judge.problem(rules) or "taken"


def _line(places: Iterable[int]) -> str:
    return "".join(map(str, places))
