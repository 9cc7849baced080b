"""What a panel's queries yield, over the time that its dashboard shows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drills.monitoring.asked import Api
from drills.monitoring.carried import OWN
from drills.monitoring.pictures.panels import Panel
from drills.monitoring.questions import SCRAPED, Dashboard, Rows


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line, figure, or row of a table."""

    name: str
    labels: Mapping[str, str]
    times: Sequence[float]
    """Seconds since 1970."""
    values: Sequence[float]
    """At those times; without a number where nothing was there in between."""

    @property
    def last(self) -> float:
        """Its last value that is a number; none if it has none."""
        return next((value for value in reversed(self.values) if math.isfinite(value)), math.nan)


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Asks for one dashboard."""

    dashboard: Dashboard
    variables: Mapping[str, Sequence[str]]
    asked: Api
    """Thanos."""
    rows: Rows
    """InfluxDB."""
    end: float
    """Now, in seconds since 1970."""

    @property
    def start(self) -> float:
        """When the time that is shown begins."""
        return self.end - self.dashboard.seconds

    def of(self, panel: Panel) -> list[Series]:
        """What a panel shows, in the order of its queries and of the names of its series.

        Raises:
            DrillError: a query is refused.
        """
        found: list[Series] = []
        for target in panel.targets:
            question = self.dashboard.question(panel.content, target, self.variables)
            if question.flux:
                of_target = list(of_rows(panel, self.rows(question.text)))
            else:
                now = panel.kind != "timeseries"
                series = self.asked.query(question.text, time=f"{self.end:.3f}") if now else self._over(question.text)
                of_target = [_of_prometheus(panel, str(target.get("legendFormat") or ""), each) for each in series]
            found += sorted(of_target, key=lambda series: series.name)
        return found

    def _over(self, expression: str) -> list[dict[str, Any]]:
        return self.asked.over(expression, start=self.start, end=self.end, step=SCRAPED)


def _of_prometheus(panel: Panel, legend: str, answer: Mapping[str, Any]) -> Series:
    points = answer["values"] if "values" in answer else [answer["value"]]
    labels = dict(answer["metric"])
    times, values = interrupted([(float(moment), float(value)) for moment, value in points], SCRAPED)
    return Series(name=panel.called(labels, legend), labels=labels, times=times, values=values)


def interrupted(points: Sequence[tuple[float, float]], step: float) -> tuple[list[float], list[float]]:
    """Times and values of a line that ends where a value is missing, and begins anew after it."""
    times: list[float] = []
    values: list[float] = []
    for moment, value in points:
        if times and moment - times[-1] > 1.5 * step:
            times.append(times[-1] + step)
            values.append(math.nan)
        times.append(moment)
        values.append(value)
    return times, values


def of_rows(panel: Panel, rows: Sequence[Mapping[str, str]]) -> Iterator[Series]:
    """Series of InfluxDB's answer: rows with the same tags are one."""
    found: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    for row in rows:
        tags = tuple(sorted((name, value) for name, value in row.items() if name not in OWN and value))
        # A tag of the panel's may be one of those that InfluxDB itself begins with a line.
        if row.get("_field"):
            tags = (*tags, ("_field", row["_field"]))
        if row.get("_value"):
            moment = datetime.fromisoformat(row["_time"]).timestamp()
            found.setdefault(tags, []).append((moment, float(row["_value"])))
    for tags, points in found.items():
        points.sort()
        labels = dict(tags)
        times, values = [moment for moment, _ in points], [value for _, value in points]
        yield Series(name=panel.called(labels), labels=labels, times=times, values=values)
