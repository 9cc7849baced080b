"""Which figures there are, how each is measured, and what it should be."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox import kube
from sandbox.bench.measure import Sample, measure, pulumi
from sandbox.engine import Engine
from sandbox.paths import REPOSITORY, Sandbox
from sandbox.steps import Steps

PROGRAMS: Final = Path(__file__).parent / "programs"
OBJECTS: Final = 300
FEW, MANY = 20, 200
EACH: Final = 14
"""Resources of one such application, components included."""
NO_CHANGES: Final = ("preview", "--expect-no-changes", "--suppress-outputs", "--non-interactive")


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


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Measures in a running sandbox; its engine has the platform's program."""

    engine: Engine
    steps: Steps

    def figures(self) -> Iterator[Figure]:
        """Every figure, one after the other; the platform and the flat script stay up in between."""
        with self.steps.step("Bring the platform up"):
            platform_up = pulumi(self.engine, "up", "--yes", "--skip-preview", "--suppress-outputs")
        count = len([item for item in self._resources() if item.get("custom")])
        flat = self._flat("flat")
        with self.steps.step(f"Bring {count} plain objects up"):
            flat_up = pulumi(flat, "up", "--yes", "--skip-preview", environment={"BENCH_OBJECTS": str(count)})
        with self.steps.step("Preview both, with no changes"):
            platform_preview = pulumi(self.engine, *NO_CHANGES, runs=3)
            flat_preview = pulumi(flat, *NO_CHANGES, runs=3, environment={"BENCH_OBJECTS": str(count)})
        same = f"{count} resources"
        yield _times("`up` of the platform / of a flat script", platform_up, flat_up, 1.25, same)
        yield _times(
            "no-change `preview` of the platform / of a flat script", platform_preview, flat_preview, 1.25, same
        )
        yield Figure(
            what="largest process of that `preview` / of the flat script's",
            ratio=platform_preview.megabytes / flat_preview.megabytes,
            bound=1.5,
            detail=f"{platform_preview.megabytes:.0f} MB / {flat_preview.megabytes:.0f} MB",
        )
        yield self._growth()
        yield self._start()
        yield self._drift()

    def _growth(self) -> Figure:
        program = Engine(sandbox=self.engine.sandbox, program=PROGRAMS / "apps", pulumi=self.engine.pulumi)
        environment = {"PYTHONPATH": str(REPOSITORY)}
        quiet = ("preview", "--suppress-outputs", "--non-interactive")
        with self.steps.step(f"Preview {FEW} and {MANY} more applications"):
            few = pulumi(program, *quiet, environment={**environment, "BENCH_APPS": str(FEW)})
            many = pulumi(program, *quiet, environment={**environment, "BENCH_APPS": str(MANY)})
        resources = len(self._resources())
        ratio = (many.seconds / few.seconds) / ((resources + MANY * EACH) / (resources + FEW * EACH))
        detail = f"{many.seconds:.1f} s / {few.seconds:.1f} s, over the ratio of their resources"
        return Figure(
            what=f"growth of `preview` from {FEW} to {MANY} more applications", ratio=ratio, bound=1.0, detail=detail
        )

    def _start(self) -> Figure:
        """How much of what the whole import costs is still paid, over a script that imports nothing."""
        flat = self._flat("cloudflare")
        count = {"BENCH_OBJECTS": str(OBJECTS), "PYTHONPATH": str(REPOSITORY)}
        with self.steps.step(f"Preview {OBJECTS} plain objects, with and without Cloudflare's SDK"):
            pulumi(flat, "up", "--yes", "--skip-preview", environment={**count, "BENCH_IMPORT": "json"})
            none, ours, whole = (
                pulumi(flat, *NO_CHANGES, runs=3, environment={**count, "BENCH_IMPORT": module})
                for module in ("json", "components.kit.cloudflare", "pulumi_cloudflare")
            )
        return Figure(
            what="start: what is left of the cost of importing Cloudflare's SDK",
            ratio=(ours.seconds - none.seconds) / (whole.seconds - none.seconds),
            bound=0.5,
            detail=f"{none.seconds:.1f} s without, {ours.seconds:.1f} s as here, {whole.seconds:.1f} s whole",
        )

    def _drift(self) -> Figure:
        flat = self._flat("flat")
        manifests = flat.sandbox.root / "objects.json"
        client = kube.Client.from_kubeconfig(self.engine.sandbox.kubeconfig)
        objects = [
            _plain(item) for item in client.list("v1", "ConfigMap", "default") if "text" in (item.get("data") or {})
        ]
        manifests.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
        kubectl = ["kubectl", "diff", "--server-side", "--force-conflicts", "-f", str(manifests)]
        environment = {"KUBECONFIG": str(self.engine.sandbox.kubeconfig), "HOMELAB_SANDBOX": str(flat.sandbox.root)}
        with self.steps.step("Look for drift, by pulumi and by kubectl"):
            ours = pulumi(
                flat,
                "preview",
                "--refresh",
                "--non-interactive",
                runs=3,
                environment={"BENCH_OBJECTS": str(len(objects))},
            )
            theirs = measure(kubectl, flat.program, environment, runs=3, accept=(0, 1))
        return _times(
            "`preview --refresh` / `kubectl diff --server-side`", ours, theirs, 3.0, f"{len(objects)} objects"
        )

    def _flat(self, name: str) -> Engine:
        """The engine of a bench program with a state of its own, on the platform's cluster."""
        sandbox = Sandbox(root=self.engine.sandbox.root / "bench" / name)
        engine = Engine(sandbox=sandbox, program=PROGRAMS / name, pulumi=self.engine.pulumi)
        if not sandbox.root.exists():
            sandbox.root.mkdir(parents=True)
            shutil.copyfile(self.engine.sandbox.kubeconfig, sandbox.kubeconfig)
            engine.install()
            engine.configure([])
        return engine

    def _resources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.engine.state()["deployment"]["resources"]
        return found


def _times(what: str, ours: Sample, floor: Sample, bound: float, detail: str) -> Figure:
    return Figure(
        what=what,
        ratio=ours.seconds / floor.seconds,
        bound=bound,
        detail=f"{ours.seconds:.1f} s / {floor.seconds:.1f} s, {detail}",
    )


def _plain(obj: kube.Object) -> kube.Object:
    return {**obj, "metadata": {key: obj["metadata"][key] for key in ("name", "namespace")}}


def table(figures: list[Figure]) -> str:
    """The figures as a table in Markdown."""
    lines = ["| what | ratio | goal | measured |", "|---|---|---|---|"]
    for figure in figures:
        verdict = "" if figure.kept else " (missed)"
        lines.append(f"| {figure.what} | {figure.ratio:.2f} | at most {figure.bound:g}{verdict} | {figure.detail} |")
    return "\n".join(lines) + "\n"
