"""Two platforms, compared: what one lacks, what it has twice, and what differs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class World:
    """What there is by its name: `Secret navidrome/tls`, `cloudflare DnsRecord a.example.org CNAME`."""

    things: Mapping[str, Any]
    counts: Mapping[str, int]
    """How often each is there."""
    values: Mapping[str, str]
    """Digest of each secret value by its place: equal within one platform as long as nobody changes it."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a platform differs from the one that it should be like."""

    lost: tuple[str, ...] = ()
    double: tuple[str, ...] = ()
    """What is there more often than it should be."""
    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """What an update that nobody disturbed does not leave: a lock, a note, a process, a broken wire."""

    def __bool__(self) -> bool:
        return bool(self.lost or self.double or self.changed or self.left)

    def told(self) -> list[str]:
        """Each difference in a line."""
        return [
            *(f"lost: {name}" for name in self.lost),
            *(f"double: {name}" for name in self.double),
            *self.changed,
            *self.left,
        ]


def compare(expected: World, seen: World, *, values: bool = False) -> Difference:
    """How `seen` differs; with `values`, of the same platform, also where a secret is not the same any more."""
    want, have = Counter(dict(expected.counts)), Counter(dict(seen.counts))
    changed = [
        f"{name}: {where}"
        for name in sorted(expected.things.keys() & seen.things.keys())
        for where in _differences(expected.things[name], seen.things[name])
    ]
    if values:
        places = expected.values.keys() & seen.values.keys()
        changed += [
            f"{place}: another value" for place in sorted(places) if expected.values[place] != seen.values[place]
        ]
    return Difference(
        lost=tuple(sorted((want - have).elements())),
        double=tuple(sorted((have - want).elements())),
        changed=tuple(changed),
    )


def _differences(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """Where two values differ, with what is there."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            yield from _differences(one.get(key), other.get(key), f"{path}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, pair in enumerate(zip(one, other, strict=True)):
            yield from _differences(*pair, f"{path}[{index}]")
    elif one != other:
        yield f"{path} is {json.dumps(other)[:80]}, expected {json.dumps(one)[:80]}"


def doubles(world: World) -> list[str]:
    """What is there more than once under one name."""
    return [name for name, count in world.counts.items() if count > 1]
