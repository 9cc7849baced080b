"""What the wiring check found, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from doctor.check import Reference


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found, check by check."""

    results: Mapping[str, list[Reference]]

    @property
    def broken(self) -> list[tuple[str, Reference]]:
        """Every reference that leads nowhere, with the name of its check."""
        return [(name, item) for name, found in self.results.items() for item in found if item.problem]

    @property
    def total(self) -> int:
        """How many references there were."""
        return sum(map(len, self.results.values()))

    @property
    def healthy(self) -> bool:
        """Whether every reference resolves, and there were any at all."""
        return not self.broken and self.total > 0

    def data(self) -> dict[str, Any]:
        """The report as JSON."""
        return {
            "healthy": self.healthy,
            "checks": [
                {
                    "name": name,
                    "references": len(found),
                    "broken": [{**asdict(item), "problem": item.problem} for item in found if item.problem],
                }
                for name, found in self.results.items()
            ],
        }


def show(report: Report, console: Console) -> None:
    """Print a line for each check, and one for each broken reference.

    A check that found nothing to look at gets no tick: it has shown nothing.
    """
    table = Table(title="Wiring", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("reference", overflow="fold")
    table.add_column("checked", justify="right")
    table.add_column("broken", justify="right")
    for name, found in report.results.items():
        broken = sum(1 for item in found if item.problem)
        verdict = f"[red]{broken}[/]" if broken else "[green]0[/]" if found else "[dim]-[/]"
        table.add_row(name, str(len(found)) if found else "[yellow]0[/]", verdict)
    console.print(table)
    for name, item in report.broken:
        line = escape(f"{name}: {item.subject} -> {item.target}: {item.problem}")
        console.print(f"[red]✗[/] {line}", soft_wrap=True, highlight=False)
    if report.total == 0:
        console.print("Nothing to check: is this the right cluster, and the right stack?", highlight=False)
    else:
        verdict = "every reference resolves" if report.healthy else f"{len(report.broken)} broken"
        console.print(f"{report.total} references: {verdict}.", highlight=False)
