"""What a person sees of a program in a terminal: lines that are written over again and again, and end as they are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from website.errors import WebsiteError

TOKEN: Final = re.compile(
    r"\x1b\[(?P<numbers>[?\d;]*)(?P<command>[A-Za-z])|\x1b\](?P<title>[^\x07\x1b]*)(?:\x07|\x1b\\)|(?P<other>\x1b.)"
    r"|(?P<text>[^\x1b\r\n\b\x07]+)|(?P<control>[\r\n\b\x07])"
)
UNSEEN: Final = frozenset("hl")
"""Commands that change how a terminal behaves, and nothing that stands in it: its cursor is hidden, say."""


@dataclass(kw_only=True)
class Screen:
    """A terminal of endless length, in which nothing scrolls away."""

    width: int
    lines: list[list[tuple[str, str]]] = field(default_factory=lambda: [[]])
    """For each place of each line its letter, and the colours that it is written in."""
    row: int = 0
    column: int = 0
    style: str = ""

    def feed(self, written: str) -> None:
        """Take what a program has written.

        Raises:
            WebsiteError: it asks the terminal for something that this one cannot do.
        """
        for token in TOKEN.finditer(written):
            if token["text"]:
                self._write(token["text"])
            elif token["control"]:
                self._move(token["control"])
            elif token["command"]:
                self._command(token["command"], token["numbers"])
            elif token["other"]:
                raise WebsiteError(f"terminal: {token['other']!r} is not known")

    def text(self) -> str:
        """All lines, with the sequences of their colours."""
        return "\n".join(_coloured(line) for line in self.lines)

    def _write(self, text: str) -> None:
        for letter in text:
            if self.column >= self.width:
                self._move("\r")
                self._move("\n")
            line = self.lines[self.row]
            line.extend([(" ", "")] * (self.column + 1 - len(line)))
            line[self.column] = (letter, self.style)
            self.column += 1

    def _move(self, control: str) -> None:
        if control == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append([])
        elif control == "\r":
            self.column = 0
        elif control == "\b":
            self.column = max(self.column - 1, 0)

    def _command(self, command: str, numbers: str) -> None:
        count = int(numbers) if numbers.isdecimal() else 0
        match command:
            case "m":
                self.style = "" if numbers in {"", "0"} else f"{self.style}\x1b[{numbers}m"
            case "A":
                self.row = max(self.row - max(count, 1), 0)
            case "B":
                self.row = min(self.row + max(count, 1), len(self.lines) - 1)
            case "C":
                self.column += max(count, 1)
            case "D":
                self.column = max(self.column - max(count, 1), 0)
            case "G":
                self.column = max(count, 1) - 1
            case "K":
                self._erase(count)
            case "J":
                self._erase(0)
                del self.lines[self.row + 1 :]
            case _ if command not in UNSEEN:
                raise WebsiteError(f"terminal: ESC [ {numbers} {command} is not known")

    def _erase(self, what: int) -> None:
        """Of the line: from the cursor to its end (0), up to the cursor (1), all of it (2)."""
        line = self.lines[self.row]
        if what != 0:
            line[: self.column + 1] = [(" ", "")] * min(self.column + 1, len(line))
        if what != 1:
            del line[self.column :]


def _coloured(line: list[tuple[str, str]]) -> str:
    written, before = [], ""
    for letter, style in line:
        if style != before:
            written.append(f"\x1b[0m{style}")
            before = style
        written.append(letter)
    return "".join(written).rstrip() + ("\x1b[0m" if before else "")
