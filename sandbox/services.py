"""What `make up` ends with: everything that people open, and where."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.markup import escape


def show(services: Iterable[Mapping[str, str]], console: Console) -> None:
    """Print two lines for each service: an address stays whole on its line, however narrow the window is."""
    rows = list(services)
    wide = max((len(row["name"]) for row in rows), default=0)
    console.print("\n[bold]Services[/]")
    for row in rows:
        details = f"by {row['exposure']}, sign-in: {row['sign_in']}, namespace {row['namespace']}"
        first = f"  {escape(row['name']):<{wide}}  {escape(row['url'])}"
        console.print(first, soft_wrap=True, highlight=False)
        console.print(f"  {'':<{wide}}  [dim]{escape(details)}[/]", soft_wrap=True, highlight=False)
