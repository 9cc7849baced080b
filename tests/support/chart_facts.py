"""`make charts`: the sandbox's charts against real ones, with the values that the program has under mocks.

CHARTS names the real charts, as with `make up`; without it the stand-ins are held against what is recorded beside them.
`--record` writes that down anew for one chart, of a real one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from components import platform
from sandbox import chart_source, manifests
from sandbox.errors import SandboxError
from sandbox.rendering.comparing import Comparison, Finding, record
from sandbox.rendering.crds import Definitions
from sandbox.rendering.package import ChartError
from sandbox.rendering.uses import Use
from sandbox.steps import Steps
from tests.conftest import committed_stack, configuration_of
from tests.support import recorder
from tests.support.charts import uses


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 if anything differs, or cannot be compared."""
    parser = argparse.ArgumentParser(prog="make charts", description="The sandbox's charts against real ones.")
    parser.add_argument("--record", metavar="CHART", help="write down what a real chart brings")
    given = parser.parse_args(arguments)
    console, steps = Console(width=None if sys.stdout.isatty() else 180), Steps(Console(stderr=True))
    try:
        packages = chart_source.folder(os.environ.get(chart_source.CHARTS) or chart_source.STAND_IN, steps)
        definitions = Definitions((*(bundle.ensure(steps) for bundle in manifests.CRDS), manifests.WRITTEN))
        used = program()
        if given.record:
            if packages is None:
                raise SandboxError(f"RECORD={given.record}: CHARTS has to say where the real chart is")
            found = [use for use in used if use.chart == given.record]
            if not found:
                raise SandboxError(f"RECORD={given.record}: the program uses no such chart")
            console.print(f"written: {record(found[0], packages, definitions)}", highlight=False)
            return 0
        findings = list(Comparison(definitions=definitions, packages=packages).of_all(used))
    except (SandboxError, ChartError) as error:
        Console(stderr=True).print(f"error: {error}", markup=False, highlight=False, soft_wrap=True)
        return 1
    show(findings, used, console)
    return 1 if findings else 0


def program() -> list[Use]:
    """The charts of the committed stack, with the values that the program gives them."""
    recording = recorder.record(lambda: platform.build(configuration_of(committed_stack())))
    return [use for used in uses(recording).values() for use in used]


def show(findings: Sequence[Finding], used: Sequence[Use], console: Console) -> None:
    """A table of what differs, and how many charts were looked at."""
    if findings:
        table = Table("chart", "object", "fact", "stand-in", "other", "is of", box=None, title_justify="left")
        for item in findings:
            found = item.difference
            table.add_row(item.chart, found.object, found.fact, found.ours, found.theirs, item.against)
        console.print(table)
    names = ", ".join(sorted({f"{use.chart} {use.version}" for use in used}))
    console.print(f"{len(findings)} differences; looked at: {names}", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
