"""More of everything than anybody has: what each more thing costs stays the same.

Costs are ratios within one run. A platform that has to look at what is not its own, or at everything once for each
thing, would show in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

from drills.course import Course
from drills.home import UP, configure
from sandbox import kube
from sandbox.bench.figures import ALL, FEW, MANY
from sandbox.bench.floors import NO_CHANGES, PROGRAMS
from sandbox.bench.measure import Sample, pulumi
from sandbox.engine import Engine
from sandbox.paths import REPOSITORY

FOREIGN: Final = 10_000
NAMESPACE: Final = "somebody-else"
HOSTS: Final = 300
MEGABYTES: Final = 2
COMMENT: Final = "# What somebody has written for whoever reads it.\n"
WITHIN: Final = 3600.0
GROWTH: Final = 1.5
"""How much more a resource may cost among many than among few, and an update with somebody else's things around it."""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What so many applications cost."""

    up: Sample
    preview: Sample
    made: int
    """How many resources the update has made."""
    resources: int
    """How many there are then."""

    @property
    def each(self) -> dict[str, float]:
        """What one resource costs: seconds of a processor, and megabytes."""
        return {
            "time of an update for each new resource": self.up.processor / self.made,
            "memory of an update for each resource": self.up.megabytes / self.resources,
            "time of a preview for each resource": self.preview.processor / self.resources,
            "memory of a preview for each resource": self.preview.megabytes / self.resources,
        }

    def dearer(self, few: Cost) -> Iterator[str]:
        """What a resource costs more of than among few."""
        for what, cost in self.each.items():
            if (ratio := cost / few.each[what]) > GROWTH:
                yield f"{what} is {ratio:.1f} times as much"


@dataclass(frozen=True, kw_only=True)
class Load:
    """A platform that is up, and the course on which more is put upon it."""

    engine: Engine
    course: Course

    def run(self, *, whole: bool) -> None:
        """Everything, one after the other; `whole` takes as many applications as there may be."""
        self._foreign()
        self._hosts()
        self._applications((FEW, MANY, ALL) if whole else (FEW, MANY))

    def _foreign(self) -> None:
        before = pulumi(self.engine, *NO_CHANGES)
        with self._step(f"{FOREIGN} objects of somebody else's are in the cluster", "an update costs the same") as step:
            client = kube.Client.from_kubeconfig(self.engine.sandbox.kubeconfig)
            _make(client, FOREIGN)
            pulumi(self.engine, *UP)
            after = pulumi(self.engine, *NO_CHANGES)
            ratio = after.processor / before.processor
            step.note = f"{after.seconds:.1f} s over {before.seconds:.1f} s"
            step.seen = step.expected if ratio <= GROWTH else f"a preview takes {ratio:.1f} times as long"
            client.delete("v1", "Namespace", NAMESPACE)

    def _hosts(self) -> None:
        """Hosts behind Access, in a file that is mostly what somebody has written for its readers."""
        with self._step(
            f"{HOSTS} hosts are behind Access, in a stack file of {MEGABYTES} MB", "up, and no changes"
        ) as step:
            zone = next(iter(self.engine.plain("zones")))
            before = self.engine.plain("access")
            configure(self.engine, {"access": {**before, **{f"machine-{n}.{zone}": _machine(n) for n in range(HOSTS)}}})
            with self.engine.stack_file.open("a") as file:
                file.write(COMMENT * (MEGABYTES * 1_000_000 // len(COMMENT) + 1))
            up = pulumi(self.engine, *UP)
            pulumi(self.engine, *NO_CHANGES)
            size = self.engine.stack_file.stat().st_size / 1e6
            configure(self.engine, {"access": before})
            down = pulumi(self.engine, *UP)
            step.note = (
                f"{size:.1f} MB, {up.seconds:.0f} s up, {down.seconds:.0f} s back, {up.megabytes:.0f} MB of memory"
            )
            step.seen = step.expected if size >= MEGABYTES else f"a stack file of {size:.1f} MB"

    def _applications(self, numbers: Sequence[int]) -> None:
        program = replace(self.engine, program=PROGRAMS / "apps")
        costs: list[Cost] = []
        for number in numbers:
            with self._step(f"{number} more applications", "each costs what it costs among few") as step:
                environment = {"PYTHONPATH": str(REPOSITORY), "BENCH_APPS": str(number)}
                before = self._resources()
                up = pulumi(program, *UP, environment=environment)
                preview = pulumi(program, *NO_CHANGES, environment=environment)
                costs.append(
                    cost := Cost(up=up, preview=preview, made=(now := self._resources()) - before, resources=now)
                )
                step.note = (
                    f"{cost.made} more resources in {up.seconds:.0f} s, {up.megabytes:.0f} MB; "
                    f"preview {preview.seconds:.1f} s, {preview.megabytes:.0f} MB"
                )
                step.seen = "; ".join(cost.dearer(costs[0])) or step.expected

    def _step(self, what: str, expected: str) -> Any:
        return self.course.step(what, expected=expected, within=WITHIN)

    def _resources(self) -> int:
        return len(self.engine.state()["deployment"]["resources"])


def _make(client: kube.Client, number: int) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    client.apply(namespace, NAMESPACE)

    def one(index: int) -> None:
        thing = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"thing-{index}"},
            "data": {"a": "b" * 200},
        }
        client.request("POST", f"/api/v1/namespaces/{NAMESPACE}/configmaps", body=thing)

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(one, range(number)))


def _machine(number: int) -> dict[str, Any]:
    """A host of its own, at an address that another one has too."""
    return {"target": f"https://192.168.1.{number % 250 + 2}:{8000 + number}"}
