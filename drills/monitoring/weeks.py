"""Blocks of weeks ago, as Prometheus would have made them then, of samples that are known."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from drills.monitoring.samples import Sample

METRIC: Final = "drill_of_weeks_ago"
ROOMS: Final = ("bedroom", "kitchen")
MINUTE: Final = 60
HOUR: Final = 3600
DAY: Final = 24 * HOUR
LONGEST: Final = 14 * DAY
"""Of a block of Thanos's; those begin at multiples of it."""
DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of the names of blocks, which begin with the time at which they were made."""


@dataclass(frozen=True)
class Span:
    """From one moment up to another, in seconds since 1970."""

    start: int
    end: int

    def holds(self, meta: Mapping[str, Any]) -> bool:
        """Whether all of a block is of that time."""
        begin, end = int(meta["minTime"]), int(meta["maxTime"])
        return self.start * 1000 <= begin and end <= self.end * 1000


def whole(now: float) -> Span:
    """The newest time of two weeks that fit into one block, and that are over for two days: later ones are shipped."""
    end = int(now - 2 * DAY) // LONGEST * LONGEST
    return Span(end - LONGEST, end)


def too_old(now: float, kept: int) -> Span:
    """Two days, the least that are downsampled, that ended more than `kept` seconds ago."""
    end = int(now - kept) // (2 * DAY) * (2 * DAY)
    return Span(end - 2 * DAY, end)


def value(moment: int, room: str) -> int:
    """What was measured then: no two minutes of a day are alike."""
    return moment // MINUTE % 1440 + len(room)


def samples(span: Span) -> Iterator[str]:
    """One a minute of each room, as lines of OpenMetrics."""
    for room in ROOMS:
        for moment in range(span.start, span.end, MINUTE):
            yield f"{Sample(METRIC, float(value(moment, room)), {'room': room})} {moment}"


def shipped(made: Path, by: Sequence[Mapping[str, Any]], place: Path) -> set[str]:
    """Copy blocks into another folder as each sidecar would have shipped them; the names that they have there.

    Args:
        made: Prometheus's blocks.
        by: what each sidecar says of itself in its blocks, under `thanos`.
        place: where they go.
    """
    names = set()
    for file in made.glob("*/meta.json"):
        for sidecar in by:
            meta = json.loads(file.read_text())
            name = named(meta["maxTime"])
            shutil.copytree(file.parent, place / name)
            meta["ulid"], meta["compaction"]["sources"] = name, [name]
            meta["thanos"] = {key: sidecar[key] for key in ("labels", "downsample", "source")}
            (place / name / "meta.json").write_text(json.dumps(meta))
            names.add(name)
    return names


def named(milliseconds: int) -> str:
    """A new name of a block that was made at that time, in milliseconds since 1970."""
    number = milliseconds << 80 | secrets.randbits(80)
    return "".join(DIGITS[number >> 5 * place & 31] for place in reversed(range(26)))
