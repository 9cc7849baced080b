"""What a compactor has left in a bucket is said in words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from drills.errors import DrillError
from drills.monitoring import compaction, weeks
from drills.monitoring.compaction import MARK, described, seconds
from drills.monitoring.weeks import DAY, HOUR, Span

TIMES = {"new": Span(100, 200), "old": Span(0, 100)}


def meta(resolution: int, start: int, replica: str = "a") -> Mapping[str, Any]:
    thanos = {"labels": {"replica": replica}, "downsample": {"resolution": resolution}}
    return {"minTime": start * 1000, "maxTime": (start + 50) * 1000, "thanos": thanos}


def test_blocks_are_counted_by_time_and_resolution() -> None:
    blocks = [meta(0, 100), meta(0, 150), meta(300_000, 100), meta(3_600_000, 0), meta(0, 500)]
    assert list(described(((Path(), each) for each in blocks), TIMES)) == ["new: 2 raw, 1 of 5 m; old: 1 of 1 h"]


def test_each_prometheus_has_blocks_of_its_own() -> None:
    blocks = [meta(0, 100, "a"), meta(0, 0, "b")]
    found = list(described(((Path(), each) for each in blocks), TIMES))
    assert found == ["new: 1 raw; old: none", "new: none; old: 1 raw"]


def test_a_marked_block_does_not_count(tmp_path: Path) -> None:
    (tmp_path / MARK).write_text("{}")
    assert list(described(iter([(tmp_path, meta(0, 100))]), TIMES)) == ["new: none; old: none"]


@pytest.mark.parametrize(("text", "number"), [("48h", 48 * HOUR), ("60d", 60 * DAY), ("2w", 14 * DAY)])
def test_a_duration_is_in_seconds(text: str, number: int) -> None:
    assert seconds(text) == number


@pytest.mark.parametrize("text", ["", "5", "1d2h", "d"])
def test_another_duration_is_refused(text: str) -> None:
    with pytest.raises(DrillError, match="expected hours, days, weeks or years"):
        seconds(text)


def test_what_was_written_is_what_is_in_the_blocks() -> None:
    values = compaction.written(10 * DAY, "kitchen")
    assert len(values) == compaction.HOURS * 60
    assert values[-1] == weeks.value(10 * DAY - 60, "kitchen")
