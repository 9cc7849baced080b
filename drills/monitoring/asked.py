"""Prometheus's HTTP API, which Thanos has too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import urllib3

from drills.errors import DrillError

SECONDS: Final = 30.0
NAME: Final = "__name__"
JOB: Final = "job"


@dataclass(frozen=True, kw_only=True)
class Selector:
    """Which series an expression is about."""

    matchers: tuple[tuple[str, str, str], ...]
    """Label, operator and value of each."""

    def __str__(self) -> str:
        """In PromQL."""
        return "{" + ",".join(f"{label}{how}{_quoted(value)}" for label, how, value in self.matchers) + "}"

    @property
    def metric(self) -> str:
        """The metric, or a regular expression for it."""
        return next((value for label, _, value in self.matchers if label == NAME), "")

    def whatever_they_say(self) -> Selector:
        """All series of the metric and the job that have the labels which this one asks for, with any value."""
        kept = [each if each[0] in (NAME, JOB) else (each[0], "!=", "") for each in self.matchers]
        return Selector(matchers=tuple(kept))


@dataclass(frozen=True, kw_only=True)
class Api:
    """One server that is asked."""

    url: str
    """Without a slash at its end."""

    def get(self, path: str, query: Mapping[str, Any] | Sequence[tuple[str, Any]] = ()) -> Any:
        """What `data` of the answer is.

        Raises:
            DrillError: it refuses; with its reason.
        """
        fields: Any = dict(query) if isinstance(query, Mapping) else list(query)
        response = urllib3.request("GET", f"{self.url}{path}", fields=fields, timeout=SECONDS, retries=False)
        try:
            answer = response.json()
        except ValueError:
            answer = {"error": response.data.decode(errors="replace").strip()[:300]}
        if response.status != 200 or answer.get("status") != "success":
            message = f"{path}: HTTP {response.status}: {answer.get('error')}"
            raise DrillError(message)
        return answer["data"]

    def query(self, expression: str, **more: Any) -> list[dict[str, Any]]:
        """The series that an expression yields at present; a single number is one series without labels.

        Raises:
            DrillError: it cannot be evaluated.
        """
        data = self.get("/api/v1/query", {"query": expression, **more})
        result = data["result"]
        return [{"metric": {}, "value": result}] if data["resultType"] in ("scalar", "string") else list(result)

    def over(self, expression: str, *, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """The series that an expression yields over a time, with a value each `step` seconds.

        Raises:
            DrillError: it cannot be evaluated.
        """
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:g}"}
        return list(self.get("/api/v1/query_range", {"query": expression, **times})["result"])

    def number(self, expression: str, otherwise: float = 0.0) -> float:
        """The value of the first series of an expression."""
        found = self.query(expression)
        return float(found[0]["value"][1]) if found else otherwise

    def targets(self) -> list[dict[str, Any]]:
        """What is scraped."""
        return list(self.get("/api/v1/targets", {"state": "active"})["activeTargets"])

    def names(self) -> set[str]:
        """The names of all metrics that there are."""
        return set(self.get("/api/v1/label/__name__/values"))

    def selectors(self, expression: str) -> Iterator[Selector]:
        """The selectors of series in an expression, as Prometheus itself takes it apart."""
        yield from selectors(self.get("/api/v1/parse_query", {"query": expression}))


def selectors(node: Any) -> Iterator[Selector]:
    """Those of a syntax tree, without ranges and offsets."""
    if isinstance(node, list):
        for each in node:
            yield from selectors(each)
    elif isinstance(node, dict):
        if node.get("type") in ("vectorSelector", "matrixSelector"):
            yield Selector(matchers=tuple((each["name"], each["type"], each["value"]) for each in node["matchers"]))
        for value in node.values():
            if isinstance(value, dict | list):
                yield from selectors(value)


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
