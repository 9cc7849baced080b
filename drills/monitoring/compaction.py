"""The compactor at work: blocks of weeks become one, then coarser ones, and what is too old goes."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import urllib3

from drills.errors import DrillError
from drills.monitoring import blocks, checkers, weeks
from drills.monitoring.scene import SOON, THANOS_HTTP, WITHIN, Scene
from drills.monitoring.weeks import DAY, HOUR, METRIC, ROOMS, Span
from sandbox.cluster import free_ports

MARK: Final = "deletion-mark.json"
UNITS: Final = {"h": HOUR, "d": DAY, "w": 7 * DAY, "y": 365 * DAY}
RESOLUTIONS: Final = {"raw": 0, "5 m": 300_000, "1 h": 3_600_000}
"""Milliseconds between two values of a block."""
ASKED: Final = {"raw": "0s", "5 m": "5m", "1 h": "1h"}
"""How Thanos is asked for no finer one."""
HOURS: Final = 6
"""What is summed up."""


@dataclass(frozen=True, kw_only=True)
class Compaction:
    """Two weeks in the bucket, and two days that are too old."""

    scene: Scene
    figures: dict[str, str]
    now: float = field(default_factory=time.time)

    @cached_property
    def _weeks(self) -> Span:
        return weeks.whole(self.now)

    @cached_property
    def _too_old(self) -> Span:
        return weeks.too_old(self.now, seconds(self._flag("--retention.resolution-raw")))

    def run(self) -> None:
        """All of it."""
        if self._weeks.start <= self._too_old.end:
            message = f"raw samples are kept for {self._flag('--retention.resolution-raw')}: expected a month or more"
            raise DrillError(message)
        self._brought()
        self._compacted()
        self._asked()
        self._later()

    def _brought(self) -> None:
        scene = self.scene
        with scene.course.step("blocks of weeks ago lie in the bucket", expected="all", within=WITHIN) as step:
            made, outbox = scene.place / "weeks", scene.place / "outbox"
            promtool, last = scene.tools["promtool"], self._weeks.end - 2 * DAY
            for span in (self._too_old, Span(self._weeks.start, last)):
                blocks.write(promtool, weeks.samples(span), made, made, longest="18h")
            # The two newest blocks of a bucket are left as they are.
            blocks.write(promtool, weeks.samples(Span(last, self._weeks.end + 4 * HOUR)), made, made)
            by = {json.dumps(meta["thanos"]["labels"]): meta["thanos"] for _, meta in self._blocks()}
            names = weeks.shipped(made, list(by.values()), outbox)
            self._replicate(outbox)
            there = {folder.name for folder, _ in self._blocks()}
            step.note = f"{len(names)} blocks of {len(by)} Prometheus"
            step.seen = "all" if names <= there else f"{len(names & there)} of {len(names)}"

    def _replicate(self, outbox: Path) -> None:
        """Put a folder of blocks into the bucket."""
        source = json.dumps({"type": "FILESYSTEM", "config": {"directory": str(outbox)}})
        (port,) = free_ports(1)
        checkers.run(
            self.scene.tools["thanos"],
            *("tools", "bucket", "replicate", "--single-run", f"--http-address=127.0.0.1:{port}"),
            f"--objstore.config={source}",
            f"--objstore-to.config-file={self._flag('--objstore.config-file')}",
        )

    def _compacted(self) -> None:
        expected = "two weeks: 1 raw, 1 of 5 m, 1 of 1 h; too old: 1 of 5 m"
        with self.scene.course.step(
            "the compactor makes one block of two weeks, and coarser ones", expected=expected, within=WITHIN
        ) as step:
            before = sum(1 for _ in self._blocks())
            begun = time.monotonic()
            self._round()
            step.until(self._kept)
            step.note = f"{before} blocks before; {len(self._marks())} marked as replaced or too old"
            self.figures["seconds to compact and downsample two weeks"] = f"{time.monotonic() - begun:.0f}"

    def _asked(self) -> None:
        with self.scene.course.step(
            "Thanos answers of weeks ago as it was written",
            expected="raw: 60 an hour, the same sums; 5 m: 12 an hour, the same sums; 1 h: 1 an hour, the same sums",
            within=SOON,
        ) as step:
            self._look_anew()
            step.until(lambda: "; ".join(self._answer(self._weeks, each) for each in RESOLUTIONS))

    def _later(self) -> None:
        delay = self._flag("--delete-delay")
        with self.scene.course.step(
            f"marked for more than {delay}: gone, and coarse values remain",
            expected="0 marked; raw: nothing; 5 m: 12 an hour, the same sums",
            within=WITHIN,
        ) as step:
            for mark in self._marks():
                content = json.loads(mark.read_text())
                content["deletion_time"] -= seconds(delay) + HOUR
                mark.write_text(json.dumps(content))
            self._round()
            while marks := self._marks():
                step.seen = f"{len(marks)} marked"
                time.sleep(1.0)
            self._look_anew()
            answers = "; ".join(self._answer(self._too_old, each) for each in ("raw", "5 m"))
            step.seen = f"0 marked; {answers}"

    # The compactor

    def _flag(self, name: str) -> str:
        """What the compactor's arguments say, as they are here."""
        compactor = self.scene.compactor
        for word in compactor.changed(compactor.found().words):
            flag, _, value = word.partition("=")
            if flag == name:
                return value
        message = f"the compactor has no {name}"
        raise DrillError(message)

    def _round(self) -> None:
        """Have it begin now: by itself, it does so every five minutes."""
        self.scene.compactor.restart("/-/ready", THANOS_HTTP)

    def _kept(self) -> str:
        """What there is of both times and is to stay, in each Prometheus's name; how it ended, if it has given up."""
        metrics = urllib3.request(
            "GET", f"{self.scene.compactor.url(THANOS_HTTP)}/metrics", timeout=SOON, retries=False
        )
        if b"\nthanos_compact_halted 1" in metrics.data:
            return "it has halted"
        return " | ".join(sorted(set(described(self._blocks(), {"two weeks": self._weeks, "too old": self._too_old}))))

    # The bucket, and who is asked

    def _blocks(self) -> Iterator[tuple[Path, Mapping[str, Any]]]:
        """Its blocks, each with what it says of itself."""
        for bucket in self.scene.gateway.store.iterdir():
            for file in bucket.glob("*/meta.json"):
                # It may be deleted while one looks.
                if (text := _text(file)) is not None:
                    yield file.parent, json.loads(text)

    def _marks(self) -> list[Path]:
        """The marks of those that are to go."""
        return [mark for folder, _ in self._blocks() if (mark := folder / MARK).exists()]

    def _look_anew(self) -> None:
        """Have the store look for blocks now: by itself, it does so every quarter of an hour."""
        self.scene.store.restart("/-/ready", THANOS_HTTP)

    def _answer(self, span: Span, resolution: str) -> str:
        """Values an hour of a resolution, and whether sum and maximum of the last hours are what was written."""
        coarsest = {"time": f"{span.end - 0.001:.3f}", "max_source_resolution": ASKED[resolution]}
        found = self.scene.asked.query(f"{METRIC}[1h]", **coarsest)
        if not found:
            return f"{resolution}: nothing"
        counts = "/".join(sorted({f"{len(each['values'])}" for each in found}))
        wrong = []
        for function, name in ((sum, "sum"), (max, "max")):
            ours = {room: function(written(span.end, room)) for room in ROOMS}
            answers = self.scene.asked.query(f"{name}_over_time({METRIC}[{HOURS}h])", **coarsest)
            if {each["metric"]["room"]: float(each["value"][1]) for each in answers} != ours:
                wrong.append(name)
        return f"{resolution}: {counts} an hour, {f'another {wrong[0]}' if wrong else 'the same sums'}"


def seconds(duration: str) -> int:
    """Of a duration such as `60d`, in one unit.

    Raises:
        DrillError: it is none.
    """
    match = re.fullmatch(r"(\d+)([hdwy])", duration)
    if match is None:
        message = f"{duration}: expected hours, days, weeks or years"
        raise DrillError(message)
    return int(match[1]) * UNITS[match[2]]


def written(end: int, room: str) -> list[int]:
    """What was measured in the last hours before a moment."""
    return [weeks.value(moment, room) for moment in range(end - HOURS * HOUR, end, weeks.MINUTE)]


def described(held: Iterator[tuple[Path, Mapping[str, Any]]], times: Mapping[str, Span]) -> Iterator[str]:
    """How many blocks of which resolution each Prometheus has of some times, without those that are marked."""
    found: dict[str, dict[str, Counter[int]]] = {}
    for folder, meta in held:
        thanos = meta["thanos"]
        of_one = found.setdefault(json.dumps(thanos["labels"], sort_keys=True), {name: Counter() for name in times})
        for name, span in times.items():
            if span.holds(meta) and not (folder / MARK).exists():
                of_one[name][thanos["downsample"]["resolution"]] += 1
    for of_one in found.values():
        yield "; ".join(f"{name}: {_counted(counts)}" for name, counts in of_one.items())


def _counted(counts: Mapping[int, int]) -> str:
    of = {"raw": "raw", "5 m": "of 5 m", "1 h": "of 1 h"}
    there = [f"{counts[number]} {of[name]}" for name, number in RESOLUTIONS.items() if counts.get(number)]
    return ", ".join(there) or "none"


def _text(file: Path) -> str | None:
    try:
        return file.read_text()
    except FileNotFoundError:
        return None
