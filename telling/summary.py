"""An update on a terminal: first what is gone and holds data, then the rest, by the part that it is in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Console
from rich.text import Text

from telling.model import SIGNS, Change, Preview, Step

PLACES: Final = 12
"""Where there are more parts, whole layers are told of."""
NAMES: Final = 4
"""Of what is new in a part, so many are named."""
PATHS: Final = 3
"""Of what of a resource changes, so many properties are named."""
STYLES: Final = {Change.REPLACED: "magenta", Change.DELETED: "red", Change.CREATED: "green", Change.UPDATED: "yellow"}


def show(preview: Preview, console: Console, *, done: bool) -> None:
    """Print it; `done` tells what was changed from what would be."""
    if not preview.changed:
        what = "was changed" if done else "changes"
        _print(console, f"Nothing {what}: {preview.unchanged} resources are as they are declared.")
        return
    console.print(f"\n[bold]What {'was' if done else 'would be'} changed[/]")
    with_data, others = preview.gone()
    if with_data:
        console.print(f"  Holds data, or is missed: {len(with_data)} replaced or deleted", style="bold red")
        for step in with_data:
            _print(console, f"    {SIGNS[step.change]:>2} {_gone(step)}: {step.data}", STYLES[step.change])
    titles = {
        "Also replaced or deleted" if with_data else "Replaced or deleted": others,
        "Changed": preview.of(Change.UPDATED),
        "Created": preview.of(Change.CREATED),
    }
    for title, steps in titles.items():
        if steps:
            console.print(f"  {title}: {len(steps)}", highlight=False)
            for line, change in _lines(steps):
                _print(console, f"    {SIGNS[change]:>2} {line}", STYLES[change])
    _print(console, f"  {preview.counts}")


def _print(console: Console, line: str, style: str = "") -> None:
    """A line as it is: names are there to be searched for, so that nothing cuts or wraps them."""
    console.print(Text(line, style=style), soft_wrap=True)


def _gone(step: Step) -> str:
    why = f", because of {', '.join(step.reasons)}" if step.reasons else ""
    protected = ", protected" if step.protected else ""
    return f"{step.place}: {step.title} {step.outcome}{why}{protected}"


def _lines(steps: Sequence[Step]) -> Iterator[tuple[str, Change]]:
    """Each by itself, with what of it changes, if that can be read; else a line for each part that they are in."""
    if len(steps) <= PLACES:
        for step in sorted(steps, key=lambda step: step.place):
            yield _one(step), step.change
        return
    parts = _by_place(steps, whole_layers=False)
    if len(parts) > PLACES:
        parts = _by_place(steps, whole_layers=True)
    for (place, change), there in parts.items():
        named = ", ".join(step.title for step in there[:NAMES])
        more = f" and {len(there) - NAMES} more" if len(there) > NAMES else ""
        yield f"{place}: {len(there)} {change.value}: {named}{more}", change


def _one(step: Step) -> str:
    if step.change in {Change.REPLACED, Change.DELETED}:
        return _gone(step)
    paths = [line.partition(": ")[0] for line in step.lines]
    more = f" and {len(paths) - PATHS} more" if len(paths) > PATHS else ""
    what = f" ({', '.join(paths[:PATHS])}{more})" if paths else ""
    return f"{step.place}: {step.title}{what}"


def _by_place(steps: Sequence[Step], *, whole_layers: bool) -> dict[tuple[str, Change], list[Step]]:
    found: dict[tuple[str, Change], list[Step]] = {}
    for step in sorted(steps, key=lambda step: step.place):
        place = step.place.partition("/")[0] if whole_layers else step.place
        found.setdefault((place, step.change), []).append(step)
    return found
