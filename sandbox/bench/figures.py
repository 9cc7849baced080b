"""Which figures there are, how each is measured, and what it should be."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from sandbox.bench.floors import NO_CHANGES, PROGRAMS, UP, Floors, Size
from sandbox.bench.measure import Sample, alternately, measure, of_runs, pulumi
from sandbox.bench.path import critical, told, watched
from sandbox.bench.waves import Waves, copy_accounts
from sandbox.engine import Engine
from sandbox.paths import REPOSITORY
from sandbox.steps import Steps
from telling.model import Change
from telling.reading import of_events

FEW, MANY, ALL = 20, 200, 1000
"""More applications than a home has."""
PREVIEW: Final = ("preview", "--suppress-outputs", "--non-interactive")

Fresh = Callable[[], AbstractContextManager[Engine]]
"""Starts a sandbox with nothing in it, and ends it."""


@dataclass(frozen=True, kw_only=True)
class Runs:
    """How often each thing is measured."""

    previews: int
    updates: int
    """From nothing, which takes minutes."""
    growth: tuple[int, ...]
    """More applications, for a preview."""
    updated: tuple[int, ...]
    """And for an update; none, not at all."""


WHOLE: Final = Runs(previews=5, updates=3, growth=(FEW, MANY, ALL), updated=(FEW, MANY))
QUICK: Final = Runs(previews=3, updates=1, growth=(FEW, MANY), updated=())


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A ratio, and the bound that it should keep."""

    what: str
    ratio: float
    bound: float
    detail: str

    @property
    def kept(self) -> bool:
        """Whether it is as it should be."""
        return self.ratio <= self.bound


@dataclass(kw_only=True)
class Bench:
    """Measures in running sandboxes; the engine of each has the platform's program."""

    fresh: Fresh
    steps: Steps
    kubectl: Path
    runs: Runs = WHOLE
    parts: list[tuple[str, str]] = field(default_factory=list)
    """What a preview and an update are made of."""

    def figures(self) -> Iterator[Figure]:
        """Every figure, one after the other."""
        ups: list[Sample] = []
        for _ in range(self.runs.updates - 1):
            with self.fresh() as engine:
                ups.append(self._up(engine))
        with self.fresh() as engine:
            ups.append(self._up(engine))
            waves = Waves.of(engine)
            yield self._from_nothing(engine, waves, of_runs(ups))
            size = Size.of(engine.state())
            floors = Floors(engine, size)
            yield from self._preview(engine, floors)
            yield self._drift(engine, waves)
            yield from self._growth(engine)

    def _up(self, engine: Engine) -> Sample:
        log = engine.sandbox.root / "events.jsonl"
        with self.steps.step("Bring the platform up from nothing"), watched(log) as times:
            found = pulumi(engine, *UP, "--event-log", str(log))
        log.unlink()
        path = told(critical(times, engine.state()), found.seconds)
        self.parts = [("`up` from nothing, what it waits for", path)]
        return found

    def _from_nothing(self, platform: Engine, waves: Waves, ups: Sample) -> Figure:
        floors = []
        for _ in range(self.runs.updates):
            with self.fresh() as engine:
                copy_accounts(platform.sandbox, engine.sandbox)
                with self.steps.step(f"Apply {waves.count} objects in {len(waves.waves)} waves by kubectl"):
                    floors.append(waves.apply(engine.sandbox, self.kubectl))
        same = f"{waves.count} objects in {len(waves.waves)} waves"
        return _times("`up` from nothing / kubectl, same waves and waits", ups, of_runs(floors), 1.25, same)

    def _preview(self, engine: Engine, floors: Floors) -> Iterator[Figure]:
        with self.steps.step("Bring the flat scripts up"):
            scripts = floors.steps()
        things = {name: partial(floors.preview, name, script) for name, script in scripts.items()}
        with self.steps.step(f"Preview them and the platform, {self.runs.previews} times each, with no changes"):
            found = alternately({**things, "platform": lambda: pulumi(engine, *NO_CHANGES)}, self.runs.previews)
        ours, floor = found["platform"], found["floor"]
        self._split(found, floors.size)
        yield _times("no-change `preview` / flat script that does as much", ours, floor, 1.15, str(floors.size))
        yield Figure(
            what="largest process of that `preview` / of the flat script's",
            ratio=ours.megabytes / floor.megabytes,
            bound=1.5,
            detail=f"{ours.megabytes:.0f} MB / {floor.megabytes:.0f} MB",
        )

    def _split(self, found: dict[str, Sample], size: Size) -> None:
        """The parts of a preview: what each step of the flat scripts adds, and the platform in the end."""
        titles = {
            "start": "engine and Python",
            "imports": "import of the packages",
            "providers": "start of four plugins",
            "floor": f"registration of {size}",
            "platform": "what the platform adds",
        }
        before = 0.0
        for name, title in titles.items():
            self.parts.append((f"no-change `preview`, {title}", f"{found[name].seconds - before:+.1f} s"))
            before = found[name].seconds

    def _growth(self, engine: Engine) -> Iterator[Figure]:
        # How much the engine writes of a state that is a file grows with the square of what is in it.
        program = replace(engine, program=PROGRAMS / "apps", checkpoints=False)
        base = len(_resources(engine))
        previews: dict[int, Sample] = {}
        counts: dict[int, int] = {}
        for number in self.runs.growth:
            runs = self.runs.previews if number < MANY else 1
            with self.steps.step(f"Preview {number} more applications"):
                previews[number] = pulumi(program, *PREVIEW, runs=runs, environment=_apps(number))
        ups: dict[int, Sample] = {}
        for number in self.runs.updated:
            with self.steps.step(f"Bring {number} more applications up"):
                ups[number] = pulumi(program, *UP, environment=_apps(number))
            counts[number] = len(_resources(engine)) - base
        each = (counts[MANY] / MANY) if counts else self._each(program)
        fewest = self.runs.growth[0]
        for number in self.runs.growth[1:]:
            wanted = (base + number * each) / (base + fewest * each)
            yield _grown("preview", previews, fewest, number, wanted)
        if ups:
            # Those of the few were there already.
            first, last = self.runs.updated
            yield _grown("up", ups, first, last, (base + last * each) / (base + first * each))

    def _each(self, program: Engine) -> float:
        """Resources of one such application, components included."""
        log = program.sandbox.root / "events.jsonl"
        pulumi(program, *PREVIEW, "--event-log", str(log), environment=_apps(1))
        with log.open(encoding="utf-8") as lines:
            made = sum(step.change is Change.CREATED for step in of_events(lines).steps)
        log.unlink()
        return float(made)

    def _drift(self, engine: Engine, waves: Waves) -> Figure:
        """Look for what was changed behind the program, in the platform's objects; pulumi looks into accounts, too."""
        objects = list(itertools.chain.from_iterable(waves.waves))
        manifests = engine.sandbox.root / "objects.json"
        manifests.touch(mode=0o600)
        manifests.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        command: list[str | Path] = [self.kubectl, "diff", "--server-side", "--force-conflicts", "-f", manifests]
        environment = {
            "KUBECONFIG": str(engine.sandbox.kubeconfig),
            "HOMELAB_SANDBOX": str(engine.sandbox.root),
            "KUBECACHEDIR": str(engine.sandbox.root / "kubectl"),
        }
        things = {
            "ours": lambda: pulumi(engine, "preview", "--refresh", "--suppress-outputs", "--non-interactive"),
            "theirs": lambda: measure(command, engine.program, environment, accept=(0, 1)),
        }
        with self.steps.step("Look for drift, by pulumi and by kubectl"):
            found = alternately(things, self.runs.previews)
        same = f"{len(objects)} objects"
        return _times("`preview --refresh` / `kubectl diff --server-side`", found["ours"], found["theirs"], 2.0, same)


def _apps(number: int) -> dict[str, str]:
    return {"PYTHONPATH": str(REPOSITORY), "BENCH_APPS": str(number)}


def _resources(engine: Engine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = engine.state()["deployment"]["resources"]
    return found


def _grown(command: str, samples: dict[int, Sample], few: int, many: int, wanted: float) -> Figure:
    """How much more it takes, over how many more resources there are."""
    return Figure(
        what=f"growth of `{command}` from {few} to {many} more applications",
        ratio=samples[many].seconds / samples[few].seconds / wanted,
        bound=1.0,
        detail=f"{samples[many]} / {samples[few]}, over {wanted:.1f} times the resources",
    )


def _times(what: str, ours: Sample, floor: Sample, bound: float, detail: str) -> Figure:
    return Figure(what=what, ratio=ours.seconds / floor.seconds, bound=bound, detail=f"{ours} / {floor}, {detail}")


def table(figures: list[Figure], parts: list[tuple[str, str]]) -> str:
    """The figures as tables in Markdown: the ratios, then what a preview and an update are made of."""
    lines = ["| what | ratio | goal | measured: median (least-most) |", "|---|---|---|---|"]
    for figure in figures:
        verdict = "" if figure.kept else " (missed)"
        lines.append(f"| {figure.what} | {figure.ratio:.2f} | at most {figure.bound:g}{verdict} | {figure.detail} |")
    lines += ["", "| part | time |", "|---|---|", *(f"| {what} | {time} |" for what, time in parts)]
    return "\n".join(lines) + "\n"
