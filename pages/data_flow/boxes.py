"""Fills a document with figures, in text and in boxes, without moving a line of any box.

The boxes are drawn with characters, of which those of East Asia are two columns wide; so are lines measured here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from unicodedata import east_asian_width

from pages.errors import PagesError

SLOT: Final = re.compile(r"\{([a-z_]+)(:<)?\}")
"""Where a figure comes: in the middle of its box, or, with `:<`, where the slot begins."""
TABLE: Final = re.compile(r"^\{table:([a-z-]+)\}$")
FENCE: Final = "```"
WALL: Final = "│"
FRAME: Final = re.compile("^┌─+┐$")
"""How a frame begins that has a line for itself."""


def width(text: str) -> int:
    """Columns that a text takes on a screen."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def filled(template: str, figures: Mapping[str, str], tables: Mapping[str, str]) -> str:
    """The document.

    Raises:
        PagesError: it names a figure or a table that is not there.
    """
    drawn: list[str] = []
    drawing = False
    picture: list[str] = []
    for line in template.splitlines():
        if line == FENCE:
            if drawing:
                drawn += framed(picture)
                picture = []
            drawing = not drawing
            drawn.append(line)
        elif drawing:
            picture += _boxed(line, figures)
        elif table := TABLE.match(line):
            drawn.append(_of(tables, table[1]))
        else:
            drawn.append(SLOT.sub(lambda slot: _of(figures, slot[1]), line))
    return "\n".join(drawn) + "\n"


def _of(values: Mapping[str, str], name: str) -> str:
    if name not in values:
        message = f"data flow: looked for the figure {name}, and nobody says it"
        raise PagesError(message)
    return values[name]


def _boxed(line: str, figures: Mapping[str, str]) -> Iterator[str]:
    """A line of a picture; several, if what goes into a box is wider than it."""
    found = SLOT.search(line)
    if found is None:
        yield line
        return
    if WALL not in line:
        begin = line[: found.start()]
        yield from (f"{begin}{each}" for each in _of(figures, found[1]).splitlines())
        return
    parts = [_fitted(part, figures) for part in line.split(WALL)]
    for row in range(max(map(len, parts))):
        # In a row of its own the other boxes only have their walls.
        yield WALL.join(part[row] if row < len(part) else " " * width(part[0]) for part in parts).rstrip(" ")


def _fitted(part: str, figures: Mapping[str, str]) -> Sequence[str]:
    """What is between two walls, as wide as the slot has it, in as many rows as it takes."""
    found = SLOT.search(part)
    if found is None:
        return [part]
    room = width(part)
    begin, end = part[: found.start()], part[found.end() :].rstrip()
    value = _of(figures, found[1])
    if found[2]:
        rows = list(_wrapped(value, room - width(begin) - width(end) - 1))
        last = len(rows) - 1
        return [
            _padded(f"{begin if number == 0 else ' ' * width(begin)}{row}{end if number == last else ''}", room)
            for number, row in enumerate(rows)
        ]
    rows = list(_wrapped(f"{begin.strip()}{value}{end.strip()}", room))
    return [_padded(" " * ((room - width(row)) // 2) + row, room) for row in rows]


def _padded(text: str, room: int) -> str:
    return text + " " * (room - width(text))


def _wrapped(text: str, room: int) -> Iterator[str]:
    """Text in rows of so many columns, at its spaces where it can be."""
    row = ""
    for word in text.split():
        rest = word
        if row and width(row) + 1 + width(rest) > room:
            yield row
            row = ""
        while width(rest) > room:
            # Of a path, rather where a folder ends.
            most = next(end for end in range(len(rest), 0, -1) if width(rest[:end]) <= room)
            end = rest.rfind("/", 1, most) + 1 or most
            yield rest[:end]
            rest = rest[end:]
        row = f"{row} {rest}".strip()
    yield row


def framed(picture: Sequence[str]) -> list[str]:
    """A picture in which every line inside of a frame, which begins with the line, ends at the frame."""
    room = 0
    drawn = []
    for line in picture:
        if FRAME.match(line):
            room = width(line)
        elif room and line.startswith(WALL) and line.endswith(WALL):
            drawn.append(f"{_cut(line[:-1], room - 1)}{WALL}")
            continue
        else:
            room = 0
        drawn.append(line)
    return drawn


def _cut(text: str, room: int) -> str:
    """Text that is so many columns wide: spaces are added or taken at its end."""
    bare = text.rstrip(" ")
    if width(bare) > room:
        message = f"data flow: {bare.strip()!r} is wider than its frame"
        raise PagesError(message)
    return _padded(bare, room)
