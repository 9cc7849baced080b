"""A command in a terminal, as a picture: what a person sees at its end."""

from __future__ import annotations

import io
import os
import pty
import re
import subprocess
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI
from rich.text import Text

from sandbox.paths import REPOSITORY
from website.errors import WebsiteError
from website.terminal import Screen

WIDTH: Final = 110
HEIGHT: Final = 45
"""Of the terminal that the command runs in."""
FONT_FACES: Final = re.compile(r"@font-face \{.*?\}", re.DOTALL)
"""Of a picture as Rich draws it: its letters would come from another host."""
TYPES: Final = "ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace"


def run(command: Sequence[str]) -> str:
    """What stands in the terminal after the command, which has to succeed."""
    screen = Screen(width=WIDTH)
    main, other = pty.openpty()
    termios.tcsetwinsize(other, (HEIGHT, WIDTH))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(WIDTH), "LINES": str(HEIGHT)}
    with subprocess.Popen(
        command, cwd=REPOSITORY, env=environment, stdin=other, stdout=other, stderr=other, start_new_session=True
    ) as process:
        os.close(other)
        written = bytearray()
        while chunk := _read(main):
            written += chunk
            print(".", end="", file=sys.stderr, flush=True)
        os.close(main)
    print(file=sys.stderr)
    screen.feed(written.decode(errors="replace"))
    if process.returncode != 0:
        last = Text.from_ansi(screen.text()).plain.strip().splitlines()[-1:]
        raise WebsiteError(f"{' '.join(command)}: ended with code {process.returncode}: {' '.join(last)}")
    return screen.text()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody has the other end any more
        return b""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Lines of a session that are worth showing: one that is known by what stands in it, and its neighbours."""

    mark: str
    """Expression for the first line that counts."""
    before: int = 0
    after: int = 0


def shortened(text: str, parts: Sequence[Part]) -> str:
    """The parts alone, with how many lines stood between them.

    Raises:
        WebsiteError: a part is not there: what the command says has changed.
    """
    lines = text.strip("\n").splitlines()
    plain = [Text.from_ansi(line).plain for line in lines]
    kept = set[int]()
    for part in parts:
        found = next((number for number, line in enumerate(plain) if re.search(part.mark, line)), None)
        if found is None:
            raise WebsiteError(f"recording: there is no line with {part.mark!r} any more; see website/pictures.py")
        kept.update(range(max(found - part.before, 0), min(found + part.after + 1, len(lines))))
    written: list[str] = []
    last = -1
    for number in sorted(kept):
        written.extend(_gap(lines[last + 1 : number]))
        written.append(lines[number])
        last = number
    return "\n".join([*written, *_gap(lines[last + 1 :])])


def _gap(left_out: list[str]) -> list[str]:
    """One line is no gap: it is as long as what would stand in its place."""
    return left_out if len(left_out) <= 1 else [f"\x1b[2m      ... {len(left_out)} more lines ...\x1b[0m"]


def drawn(sessions: Sequence[tuple[str, str]], file: Path, title: str) -> None:
    """Draw commands with what they said, one below the other, as SVG."""
    console = Console(width=WIDTH, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for command, said in sessions:
        console.print(Text.from_ansi(f"\x1b[1m$ {command}\x1b[0m\n{said}"), soft_wrap=True)
    svg = console.export_svg(title=title, theme=DIMMED_MONOKAI, unique_id="terminal")
    svg = FONT_FACES.sub("", svg).replace("Fira Code, monospace", TYPES)
    file.write_text("".join(f"{line.rstrip()}\n" for line in svg.splitlines()), encoding="utf-8")
