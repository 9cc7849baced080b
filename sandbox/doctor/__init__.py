"""The wiring check: every reference between the parts of the platform resolves.

It reads a cluster, by any kubeconfig, and the state of the stack; it changes nothing. Not covered: whether anything
answers, since that takes a request and not a look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from sandbox import kube
from sandbox.doctor import accounts, pods, routes, secrets
from sandbox.doctor.check import CHECKS, Check, Context, Reference
from sandbox.doctor.world import World

__all__ = ["Report", "World", "accounts", "examine", "pods", "routes", "run", "secrets", "show"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was found, check by check."""

    results: Mapping[str, list[Reference]]

    @property
    def broken(self) -> list[tuple[str, Reference]]:
        """Every reference that leads nowhere, with the name of its check."""
        return [(name, item) for name, found in self.results.items() for item in found if item.problem]

    @property
    def healthy(self) -> bool:
        """Whether every reference resolves, and there were any at all."""
        return not self.broken and any(self.results.values())


def run(kubeconfig: Path, context: str | None, export: Mapping[str, Any]) -> Report:
    """Examine a running cluster and a stack's state."""
    client = kube.Client.from_kubeconfig(kubeconfig, context)
    return examine(World.read(client, export), datetime.now(tz=UTC))


def examine(world: World, now: datetime, checks: list[Check] | None = None) -> Report:
    """Run the checks on a world."""
    context = Context(world=world, now=now)
    return Report(results={item.name: list(item.walk(context)) for item in checks or CHECKS})


def show(report: Report, console: Console) -> None:
    """Print a line for each check, and one for each broken reference."""
    table = Table(title="Wiring", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("reference")
    table.add_column("checked", justify="right")
    table.add_column("broken", justify="right")
    for name, found in report.results.items():
        broken = sum(1 for item in found if item.problem)
        table.add_row(
            name, str(len(found)) if found else "[dim]none[/]", f"[red]{broken}[/]" if broken else "[green]0[/]"
        )
    console.print(table)
    for name, item in report.broken:
        console.print(
            f"[red]✗[/] {name}: {item.subject} -> {item.target}: {item.problem}", soft_wrap=True, highlight=False
        )
    total = sum(map(len, report.results.values()))
    verdict = "every reference resolves" if report.healthy else f"{len(report.broken)} broken"
    console.print(f"{total} references: {verdict}.", highlight=False)
