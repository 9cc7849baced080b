"""Writes Markdown: tables, lists, links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

NOTHING: Final = "-"
GENERATED: Final = (
    "<!-- Written by `make docs` from the stack outputs and the live objects: what is changed here is overwritten. -->"
)


def page(title: str, *blocks: str) -> str:
    """A whole page: its blocks, apart from each other by an empty line."""
    return "\n\n".join([GENERATED, f"# {title}", *filter(None, blocks)]) + "\n"


def cell(text: str) -> str:
    """Text inside of a table."""
    return " ".join(text.split()).replace("|", r"\|") or NOTHING


def code(text: str) -> str:
    """A name, as it is typed; nothing stays nothing."""
    return f"`{text}`" if text else ""


def codes(names: Iterable[str]) -> str:
    """Several names."""
    return ", ".join(map(code, names))


def link(text: str, target: str) -> str:
    """A link."""
    return f"[{text}]({target})"


def lines(parts: Iterable[str]) -> str:
    """Several lines in one cell of a table."""
    return "<br>".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing if it has no rows."""
    written = [f"| {' | '.join(map(cell, row))} |" for row in rows]
    return "\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *written]) if written else ""


def bullets(items: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {item}" for item in items)
