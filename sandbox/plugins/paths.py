"""Property paths in the engine's notation, for example `spec.rules[0].host` or `metadata.labels["a/b"]`."""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.plugins.wire import Secret

STEP: Final = re.compile(r'\.?(?P<word>[^.\[\]"]+)|\[(?P<index>\d+|\*)\]|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]')
Step = str | int
EVERY: Final = "*"


def parse(path: str) -> list[Step]:
    """The keys and indices of a path; `*` stands for every entry."""
    steps: list[Step] = []
    for match in STEP.finditer(path):
        if match["index"]:
            steps.append(match["index"] if match["index"] == EVERY else int(match["index"]))
        elif match["quoted"] is not None:
            steps.append(re.sub(r"\\(.)", r"\1", match["quoted"]))
        else:
            steps.append(match["word"])
    return steps


def copy(path: str, source: Any, target: Any) -> None:
    """Make what the path leads to in `target` what it is in `source`, present or not."""
    _copy(parse(path), source, target)


def covers(pattern: str, path: str) -> bool:
    """Whether a path is what a pattern means, or lies below it."""
    wanted, steps = parse(pattern), parse(path)
    return len(wanted) <= len(steps) and all(one in (EVERY, other) for one, other in zip(wanted, steps, strict=False))


def _copy(steps: list[Step], source: Any, target: Any) -> None:
    source, target = _plain(source), _plain(target)
    head, *rest = steps
    for key in _keys(head, target):
        if rest:
            _copy(rest, _at(source, key), _at(target, key))
        elif isinstance(target, dict):
            if isinstance(source, dict) and key in source:
                target[key] = source[key]
            else:
                target.pop(key, None)
        elif isinstance(target, list) and isinstance(source, list) and isinstance(key, int) and key < len(target):
            target[key] = source[key] if key < len(source) else target[key]


def _keys(step: Step, target: Any) -> list[Step]:
    if step != EVERY:
        return [step]
    if isinstance(target, dict):
        return list(target)
    return list(range(len(target))) if isinstance(target, list) else []


def _at(value: Any, key: Step) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    inside = isinstance(value, list) and isinstance(key, int) and key < len(value)
    return value[key] if inside else None


def _plain(value: Any) -> Any:
    return _plain(value.value) if isinstance(value, Secret) else value
