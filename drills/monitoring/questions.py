"""All that metrics are asked for: queries of dashboards and expressions of rules, as the live objects have them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from drills.errors import DrillError
from drills.monitoring.asked import Api
from drills.monitoring.found import OPERATED
from sandbox import kube

LABEL_VALUES: Final = re.compile(r"label_values\((?:(.+),\s*)?([A-Za-z_]\w*)\)")
VARIABLE: Final = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
SCRAPED: Final = 15
"""Seconds from one value to the next."""
HALF_AN_HOUR: Final = 30 * 60
FLUX: Final = "influxdb"
"""Kind of the datasource that is asked in Flux."""

Rows = Callable[[str], Sequence[Mapping[str, str]]]
"""Asks in Flux."""

EMPTY: Final[Mapping[str, str]] = {
    "kube_pod_container_status_waiting_reason": "no container waits",
    "node_hwmon_temp_celsius": "a virtual machine has no sensors",
}
"""Metrics that no target has at present, and why."""
SILENT: Final[Mapping[str, str]] = {"Not as declared, or not healthy": "everything is as it was declared"}
"""Panels that show nothing while all is well, by their titles, and why."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """One query or expression."""

    place: str
    """Where it stands."""
    text: str
    flux: bool = False
    """Whether it is asked of InfluxDB."""


@dataclass(kw_only=True)
class Dashboard:
    """One of Grafana's."""

    title: str
    content: Mapping[str, Any] = field(repr=False)
    seconds: int = HALF_AN_HOUR
    """Of what it shows, up to now."""

    def panels(self) -> Iterator[Mapping[str, Any]]:
        """All panels, those within rows too."""
        for panel in self.content.get("panels") or []:
            yield panel
            yield from panel.get("panels") or []

    def questions(self, values: Mapping[str, Sequence[str]]) -> Iterator[Question]:
        """The queries of its panels, with values for its variables."""
        for panel in self.panels():
            for target in panel.get("targets") or []:
                yield self.question(panel, target, values)

    def question(
        self, panel: Mapping[str, Any], target: Mapping[str, Any], values: Mapping[str, Sequence[str]]
    ) -> Question:
        """One query of a panel, with values for its variables.

        Raises:
            DrillError: it names a variable that there is not.
        """
        place = f"{self.title}: {panel.get('title')}"
        flux = _is_flux(target)
        text = _timed(target["query"], self.seconds) if flux else target["expr"]
        return Question(place=place, text=filled(text, values, self.seconds), flux=flux)

    def values(self, asked: Api, rows: Rows) -> dict[str, list[str]]:
        """What its variables can be, as Grafana finds it out.

        Raises:
            DrillError: one of them can be nothing.
        """
        found: dict[str, list[str]] = {}
        for variable in (self.content.get("templating") or {}).get("list") or []:
            query = variable["query"]
            text = query if isinstance(query, str) else query.get("query", "")
            values = [row["_value"] for row in rows(text)] if _is_flux(variable) else _label_values(asked, text)
            if not values:
                message = f"{self.title}: its variable {variable['name']} has no values: {text}"
                raise DrillError(message)
            found[variable["name"]] = values
        return found


def _is_flux(queried: Mapping[str, Any]) -> bool:
    return (queried.get("datasource") or {}).get("type") == FLUX


def _label_values(asked: Api, query: str) -> list[str]:
    match = LABEL_VALUES.fullmatch(query.strip())
    if match is None:
        message = f"{query}: expected label_values(metric, label)"
        raise DrillError(message)
    fields = [("match[]", match[1])] if match[1] else []
    return list(asked.get(f"/api/v1/label/{match[2]}/values", fields))


def _timed(query: str, shown: int) -> str:
    times = {"v.timeRangeStart": f"-{shown}s", "v.timeRangeStop": "now()", "v.windowPeriod": "10s"}
    for name, value in times.items():
        query = query.replace(name, value)
    return query


def filled(text: str, values: Mapping[str, Sequence[str]], shown: int = HALF_AN_HOUR) -> str:
    """A query with values in the place of variables: all of them, as where a reader chooses everything.

    What Grafana itself puts into it is of so many seconds that are shown.

    Raises:
        DrillError: it names a variable that there is not.
    """
    intervals = {"__rate_interval": f"{4 * SCRAPED}s", "__interval": f"{SCRAPED}s", "__range": f"{shown}s"}

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[3]
        if name in intervals:
            return intervals[name]
        if name not in values:
            message = f"{text}: no variable {name}"
            raise DrillError(message)
        return "(" + "|".join(re.escape(each).replace("\\", "\\\\") for each in values[name]) + ")"

    return VARIABLE.sub(value, text)


def dashboards(cluster: kube.Client, namespace: str) -> list[Dashboard]:
    """All that Grafana is given as files."""
    found = []
    for config_map in cluster.list("v1", "ConfigMap", namespace):
        for name, text in (config_map.get("data") or {}).items():
            if name.endswith(".json") and "panels" in (content := json.loads(text)):
                found.append(Dashboard(title=str(content.get("title")), content=content))
    return found


def rules(cluster: kube.Client) -> Iterator[Question]:
    """The expressions of all rules."""
    for obj in cluster.list(OPERATED, "PrometheusRule"):
        for group in obj["spec"].get("groups") or []:
            for rule in group["rules"]:
                kind = "alert" if "alert" in rule else "record"
                yield Question(place=f"{kind} {rule[kind]}", text=str(rule["expr"]))


@dataclass(kw_only=True)
class Asked:
    """What came of asking."""

    parser: Api
    """Prometheus, which takes expressions apart."""
    asked: Api
    """Thanos, which answers them."""
    rows: Rows
    problems: list[str] = field(default_factory=list)
    answered: int = 0
    excused: dict[str, str] = field(default_factory=dict)
    """What is empty on purpose, and why."""

    def rule(self, question: Question) -> None:
        """Each series that it asks for is there; whether it yields any is what it is there to find out."""
        self._try(question, self._selected)

    def panel(self, question: Question) -> None:
        """It yields series now."""
        self._try(question, self._yields_rows if question.flux else self._yields)

    def _try(self, question: Question, ask: Callable[[Question], None]) -> None:
        try:
            ask(question)
        except DrillError as error:
            self.problems.append(f"{question.place}: {error}")
        else:
            self.answered += 1

    def _selected(self, question: Question) -> None:
        self.asked.query(question.text)
        for selector in self.parser.selectors(question.text):
            # A state that nothing is in at present has no series; others of its kind have.
            if not self.asked.query(f"last_over_time({selector.whatever_they_say()}[30m])"):
                if selector.metric not in EMPTY:
                    message = f"nobody exports {selector}"
                    raise DrillError(message)
                self.excused[selector.metric] = EMPTY[selector.metric]

    def _yields(self, question: Question) -> None:
        if self.asked.query(question.text):
            return
        self._selected(question)
        title = question.place.partition(": ")[2]
        metrics = {selector.metric for selector in self.parser.selectors(question.text)}
        if title in SILENT:
            self.excused[title] = SILENT[title]
        elif not metrics & EMPTY.keys():
            message = f"yields nothing: {question.text}"
            raise DrillError(message)

    def _yields_rows(self, question: Question) -> None:
        if not self.rows(question.text):
            message = f"yields nothing: {' '.join(question.text.split())}"
            raise DrillError(message)
