"""Where people are told: a terminal with colours, or whatever else is in its place, without."""

from __future__ import annotations

import os
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

WIDTH: Final = 120
"""Columns where nobody looks at it through a window."""


def without_colours() -> bool:
    """Whether somebody has asked for none: `NO_COLOR`, by its convention, has any value but an empty one."""
    return bool(os.environ.get("NO_COLOR"))


def console(*, stderr: bool = False, width: int = WIDTH) -> Console:
    """A console on standard output or standard error; `width` is for where there is no window.

    Without colours there is no other escape code either: bold type and what is drawn anew are some, too.
    """
    plain: dict[str, Any] = {"color_system": None, "force_terminal": False} if without_colours() else {}
    made = Console(stderr=stderr, **plain)
    return made if made.file.isatty() else Console(stderr=stderr, width=width, **plain)


def complain(why: object, *, more: str = "") -> None:
    """Say on standard error, in one line, why a command has failed; `more` is how to go on."""
    errors = console(stderr=True)
    errors.print(f"[red]error:[/] {escape(str(why))}", highlight=False, soft_wrap=True)
    if more:
        errors.print(escape(more), highlight=False, soft_wrap=True)
