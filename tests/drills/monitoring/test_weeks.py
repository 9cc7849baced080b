"""Old blocks are named, dated and labelled as those that were shipped, and what is in them is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from drills.monitoring import weeks
from drills.monitoring.weeks import DAY, HOUR, LONGEST, METRIC, ROOMS, Span

NOW = 1_800_000_000.0
SIDECAR = {"labels": {"replica": "a"}, "downsample": {"resolution": 0}, "source": "sidecar", "files": ["index"]}


@pytest.mark.parametrize("later", [0, 3 * DAY, 13 * DAY])
def test_two_whole_weeks_are_over_and_as_thanos_divides_time(later: float) -> None:
    span = weeks.whole(NOW + later)
    assert span.start % LONGEST == 0
    assert span.end - span.start == LONGEST
    assert 2 * DAY <= NOW + later - span.end <= LONGEST + 2 * DAY


def test_what_is_too_old_ended_before_the_retention() -> None:
    span = weeks.too_old(NOW, 60 * DAY)
    assert span.end - span.start == 2 * DAY
    assert NOW - span.end >= 60 * DAY


def test_there_is_a_sample_a_minute_of_each_room() -> None:
    lines = list(weeks.samples(Span(0, HOUR)))
    assert len(lines) == 60 * len(ROOMS)
    assert lines[1] == f'{METRIC}{{room="{ROOMS[0]}"}} {1.0 + len(ROOMS[0])} 60'


def test_names_of_blocks_are_in_the_order_of_their_time_and_all_others() -> None:
    names = [weeks.named(milliseconds) for milliseconds in (1, 2, 1_800_000_000_000)]
    assert names == sorted(names)
    assert {len(name) for name in names} == {26}
    assert weeks.named(5) != weeks.named(5)
    assert weeks.named(1_469_922_850_259).startswith("01ARZ3NDEK")


def block(folder: Path, **meta: Any) -> None:
    folder.mkdir(parents=True)
    (folder / "index").write_text("")
    (folder / "meta.json").write_text(json.dumps({"ulid": folder.name, "compaction": {"level": 1}, **meta}))


def test_each_sidecar_ships_each_block_in_its_own_name(tmp_path: Path) -> None:
    block(tmp_path / "made" / "A", minTime=0, maxTime=7000)
    other = {**SIDECAR, "labels": {"replica": "b"}}
    names = weeks.shipped(tmp_path / "made", [SIDECAR, other], tmp_path / "outbox")
    metas = [json.loads((tmp_path / "outbox" / name / "meta.json").read_text()) for name in names]
    assert sorted(meta["thanos"]["labels"]["replica"] for meta in metas) == ["a", "b"]
    for meta in metas:
        assert meta["ulid"] in names
        assert meta["compaction"] == {"level": 1, "sources": [meta["ulid"]]}
        # Another block has other files.
        assert meta["thanos"].keys() == {"labels", "downsample", "source"}
        assert (tmp_path / "outbox" / meta["ulid"] / "index").exists()


def test_a_block_is_of_a_time_if_all_of_it_is() -> None:
    span = Span(10, 20)
    assert span.holds({"minTime": 10_000, "maxTime": 20_000})
    assert not span.holds({"minTime": 9_999, "maxTime": 20_000})
    assert not span.holds({"minTime": 10_000, "maxTime": 20_001})
