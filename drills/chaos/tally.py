"""What a platform was put through, and what came of it: the table of `make chaos`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from drills.chaos.worlds import Difference

SHOWN: Final = 40
"""How many of the differences are printed."""


@dataclass(kw_only=True)
class Line:
    """One kind of trouble."""

    tried: int = 0
    survived: int = 0
    lost: int = 0
    double: int = 0
    commands: dict[str, None] = field(default_factory=dict)
    """What a person had to give besides the plain update, each once."""


@dataclass(kw_only=True)
class Tally:
    """All that was tried, by the kind of trouble."""

    lines: dict[str, Line] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    """What was wrong after any of them, in the order in which it was noted."""

    def tried(self, what: str, outcome: Difference, commands: Sequence[str] = ()) -> None:
        """Note one trouble, how the platform differs from what it should be afterwards, and what a person had to do."""
        line = self.lines.setdefault(what, Line())
        line.tried += 1
        line.survived += not outcome
        line.lost += len(outcome.lost)
        line.double += len(outcome.double)
        line.commands.update(dict.fromkeys(commands))
        self.wrong += [f"{what}: {told}" for told in outcome.told()]

    @property
    def count(self) -> int:
        """How many troubles there were."""
        return sum(line.tried for line in self.lines.values())

    def show(self, console: Console) -> None:
        """Print the table, and below it what was wrong."""
        table = Table("trouble", "tried", "survived", "lost", "double", "what a person had to do")
        for what, line in self.lines.items():
            figures = (line.tried, line.survived, line.lost, line.double)
            commands = "; ".join(line.commands) or "the update again"
            table.add_row(escape(what), *map(str, figures), escape(commands))
        console.print(table)
        for wrong in self.wrong[:SHOWN]:
            console.print(wrong, markup=False, highlight=False, soft_wrap=True)
