"""What Prometheus has written to InfluxDB through the bridge, held against what it has itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

Series = tuple[str, frozenset[tuple[str, str]]]
"""A metric's name with its labels."""
Points = Mapping[Series, frozenset[int]]
"""When each series has points, in milliseconds."""

OWN: Final = frozenset(("_measurement", "_field", "_value", "_time", "_start", "_stop", "result", "table", ""))
"""Columns of InfluxDB's answers that are no tags."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Points of one side and of the other."""

    lost: int
    more: int
    both: int

    def __str__(self) -> str:
        """For the table."""
        return f"{self.lost} lost, {self.more} too many"


def compared(ours: Points, theirs: Points) -> Compared:
    """Points that the second lacks, and that only the second has."""
    keys = ours.keys() | theirs.keys()
    pairs = [(ours.get(key, frozenset()), theirs.get(key, frozenset())) for key in keys]
    return Compared(
        lost=sum(len(one - other) for one, other in pairs),
        more=sum(len(other - one) for one, other in pairs),
        both=sum(len(one & other) for one, other in pairs),
    )


def of_prometheus(replicas: Iterable[Iterable[Mapping[str, Any]]], outside: Mapping[str, str]) -> Points:
    """What all replicas have together; `outside` are labels that each series has only once it leaves them."""
    found: dict[Series, set[int]] = defaultdict(set)
    for series in (each for replica in replicas for each in replica):
        labels = {**outside, **series["metric"]}
        name = labels.pop("__name__")
        found[name, frozenset(labels.items())] |= {round(float(moment) * 1000) for moment, _ in series["values"]}
    return {key: frozenset(times) for key, times in found.items()}


def of_influxdb(rows: Iterable[Mapping[str, str]]) -> Points:
    """What is in a bucket."""
    found: dict[Series, set[int]] = defaultdict(set)
    for row in rows:
        tags = frozenset((name, value) for name, value in row.items() if name not in OWN and value)
        found[row["_measurement"], tags].add(round(datetime.fromisoformat(row["_time"]).timestamp() * 1000))
    return {key: frozenset(times) for key, times in found.items()}
