"""What was found, as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from recovery.locks import Lock

WAITING: Final = (
    "Nothing was done about these: no note says that an interrupted update made them. `make recover ADOPT=1` takes "
    "them over as this program's own."
)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One resource, and what became of it."""

    what: str
    """Type and name in the program."""
    where: str
    """Where it was looked for, and its id there, if it is there."""
    outcome: str


@dataclass(kw_only=True)
class Report:
    """What was found."""

    cut_off: list[Path] = field(default_factory=list)
    """Files that were being written beside the state's: taken away."""
    locks: list[Lock] = field(default_factory=list)
    """Taken away."""
    found: list[Found] = field(default_factory=list)
    waiting: list[Found] = field(default_factory=list)
    """What would become of things without a note."""
    trouble: str = ""
    """Why it is not known whether there are such things."""

    def show(self, console: Console) -> None:
        """Print it."""
        cut_off = [f"{file}, cut off while it was written" for file in self.cut_off]
        gone = [*cut_off, *(f"lock of {lock}" for lock in self.locks)]
        for what in gone:
            console.print(f"{what}: taken away", highlight=False, markup=False, soft_wrap=True)
        if not (gone or self.found or self.waiting or self.trouble):
            console.print("No operation was interrupted.", highlight=False)
        _table(self.found, console)
        _table(self.waiting, console)
        if self.waiting:
            console.print(WAITING, markup=False, highlight=False, soft_wrap=True)


def _table(rows: list[Found], console: Console) -> None:
    if rows:
        table = Table("what", "where", "outcome", box=None, pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(row.what, row.where, row.outcome)
        console.print(table, markup=False, highlight=False)
