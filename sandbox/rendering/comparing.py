"""Holds stand-ins against what was recorded of real charts, or against the real charts themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.rendering import package, recorded
from sandbox.rendering.crds import Definitions
from sandbox.rendering.facts import Difference, by_key, differences, reduce
from sandbox.rendering.package import ChartError, Package
from sandbox.rendering.recorded import Recorded
from sandbox.rendering.render import Release, Rendered, render
from sandbox.rendering.uses import Use


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something about a stand-in that is not as it should be."""

    chart: str
    against: str
    """What it was held against."""
    difference: Difference


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What stand-ins are held against."""

    definitions: Definitions
    """Of the CRDs that stand-ins name."""
    packages: Path | None = None
    """A folder of real charts, if there is one."""

    def of_all(self, uses: list[Use]) -> Iterator[Finding]:
        """Every finding, about the charts that a program uses and about the stand-ins that none uses."""
        for use in uses:
            yield from self._of_use(use)
        for stand_in in package.stand_ins():
            yield from self._recorded(stand_in)
            if stand_in.name not in {use.chart for use in uses}:
                yield _finding(stand_in.name, "the program", "", "there", "not used")

    def _of_use(self, use: Use) -> Iterator[Finding]:
        """With the program's values: the stand-in knows them, is of the pin's version, and is like the real chart."""
        try:
            stand_in = package.find(use.chart, use.repository, use.version, None)
            ours = render(stand_in, use.release, self.definitions)
        except ChartError as error:
            yield _finding(use.chart, "the program", "", str(error), f"{use.chart} {use.version}")
            return
        if self.packages is not None:
            yield from self._real(use, stand_in, ours, self.packages)

    def _real(self, use: Use, stand_in: Package, ours: Rendered, packages: Path) -> Iterator[Finding]:
        against = "the real chart"
        try:
            real = package.find(use.chart, use.repository, use.version, packages)
            theirs = render(real, use.release, self.definitions)
        except ChartError as error:
            yield _finding(use.chart, against, "", "there", str(error))
            return
        opened = stand_in.listed(package.OPEN_VALUES)
        for path in package.unknown_values(real, use.release.values, opened):
            yield _finding(use.chart, against, f"value {path}", "known", "not known")
        known = recorded.load(stand_in)
        omissions = known.leaves_out if known else ()
        for item in differences(facts(ours, use.release), facts(theirs, use.release), omissions):
            yield Finding(chart=use.chart, against=against, difference=item)

    def _recorded(self, stand_in: Package) -> Iterator[Finding]:
        found = recorded.load(stand_in)
        if found is None or not found.version:
            return
        against = f"facts of {found.version}"
        if found.version != stand_in.version:
            yield _finding(stand_in.name, against, "version", stand_in.version, found.version)
        try:
            ours = render(stand_in, found.release, self.definitions)
        except ChartError as error:
            yield _finding(stand_in.name, against, "", str(error), "rendered")
            return
        for item in differences(facts(ours, found.release), found.objects, found.leaves_out):
            yield Finding(chart=stand_in.name, against=against, difference=item)


def facts(rendered: Rendered, release: Release) -> dict[str, dict[str, object]]:
    """The facts of a rendering, by kind and name."""
    return by_key(reduce(rendered), release.namespace)


def record(use: Use, packages: Path, definitions: Definitions) -> Path:
    """Write down what a real chart brings with a program's values, beside its stand-in; what it leaves out stays.

    Raises:
        ChartError: there is no stand-in to put it beside, or no such package.
    """
    stand_in = next((item for item in package.stand_ins() if item.name == use.chart), None)
    if stand_in is None:
        raise ChartError(f"chart {use.chart}: make the folder sandbox/charts/{use.chart} with its Chart.yaml first")
    before = recorded.load(stand_in)
    found = Recorded(
        version=use.version,
        release=use.release,
        leaves_out=before.leaves_out if before else (),
        objects=facts(use.rendered(definitions, packages), use.release),
    )
    recorded.save(stand_in.path, found)
    return stand_in.path / recorded.FILE


def _finding(chart: str, against: str, fact: str, ours: str, theirs: str) -> Finding:
    return Finding(chart=chart, against=against, difference=Difference(object="", fact=fact, ours=ours, theirs=theirs))
