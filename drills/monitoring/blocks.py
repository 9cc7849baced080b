"""Blocks of metrics. Nobody waits two hours for the first: it is made of what Prometheus has, as of another time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from drills.monitoring import checkers
from drills.monitoring.samples import Sample

EARLIER: Final = 26 * 3600
"""Seconds by which it is older than what it is made of: older than all that Prometheus has in memory."""
MINUTES: Final = 10
STEP: Final = 15


@dataclass(frozen=True, kw_only=True)
class Block:
    """Series of some minutes, each with its present value."""

    series: Iterable[Mapping[str, Any]]
    """As Prometheus answers with them."""
    end: int
    """Seconds since 1970."""

    def make(self, promtool: Path, folder: Path, place: Path) -> None:
        """Write it as a block of its own into a folder of blocks."""
        lines = []
        for each in self.series:
            labels = dict(each["metric"])
            sample = Sample(labels.pop("__name__"), float(each["value"][1]), labels)
            times = range(self.end - MINUTES * 60, self.end + 1, STEP)
            lines += [f"{sample} {moment}" for moment in times]
        write(promtool, lines, folder, place)


def write(promtool: Path, lines: Iterable[str], folder: Path, place: Path, *, longest: str = "2h") -> None:
    """Write samples, as lines of OpenMetrics, as blocks of at most that long.

    Args:
        promtool: which makes the blocks.
        lines: of one series after the other.
        folder: of the blocks.
        place: where the text is meanwhile.
        longest: a duration.
    """
    place.mkdir(parents=True, exist_ok=True)
    text = place / "samples.om"
    text.write_text("\n".join([*lines, "# EOF", ""]))
    size = f"--max-block-duration={longest}"
    checkers.run(promtool, "tsdb", "create-blocks-from", size, "openmetrics", text, folder)
    text.unlink()
