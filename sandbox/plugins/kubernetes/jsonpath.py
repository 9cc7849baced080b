"""The part of kubectl's JSONPath that conditions are written in: fields, indices, `[*]` and one-test filters."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Step = Callable[[Any], list[Any]]
Path = tuple[Step, ...]

TOKEN: Final = re.compile(
    r"""
    \.(?P<field>[A-Za-z0-9_$\-]+(?:\\\.[A-Za-z0-9_$\-/]+)*)
    | \[(?P<index>-?\d+)\]
    | \[(?P<all>\*)\]
    | \['(?P<quoted>[^']+)'\] | \["(?P<double>[^"]+)"\]
    | \[\?\(@\.(?P<test>[A-Za-z0-9_.\-]+)\s*==\s*(?:"(?P<value>[^"]*)"|'(?P<value2>[^']*)'|(?P<bare>[^\s"')]+))\s*\)\]
    """,
    re.VERBOSE,
)


def parse(text: str) -> Path:
    """The steps of `.status.conditions[?(@.type=="Ready")].status`; ValueError if it is not understood."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"JSONPath {text!r} is not understood at {text[position:]!r}")
        steps.append(_step(match.groupdict()))
        position = match.end()
    if not steps:
        raise ValueError("an empty JSONPath")
    return tuple(steps)


def find(path: Path, obj: Any) -> list[Any]:
    """Every value that the path leads to; none if it leads nowhere."""
    values = [obj]
    for step in path:
        values = [found for value in values for found in step(value)]
    return values


def _step(groups: Mapping[str, str | None]) -> Step:
    if groups["test"] is not None:
        wanted = next(text for text in (groups["value"], groups["value2"], groups["bare"]) if text is not None)
        return _filter(groups["test"].split("."), wanted)
    if groups["all"]:
        return lambda value: list(value.values()) if isinstance(value, Mapping) else _items(value)
    if groups["index"] is not None:
        index = int(groups["index"])
        return lambda value: _items(value)[index : index + 1 or None]
    name = groups["quoted"] or groups["double"] or (groups["field"] or "").replace("\\.", ".")
    return lambda value: [value[name]] if isinstance(value, Mapping) and name in value else []


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _filter(keys: list[str], wanted: str) -> Step:
    def holds(item: Any) -> bool:
        for key in keys:
            if not isinstance(item, Mapping) or key not in item:
                return False
            item = item[key]
        return (str(item).lower() if isinstance(item, bool) else str(item)) == wanted

    return lambda value: [item for item in _items(value) if holds(item)]
