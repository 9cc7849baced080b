"""What rules are made of, and what varies in them between one home and another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.kit.tunnel import CLOUDFLARED

RUNBOOK: Final = "docs/runbooks/alerts.md"
"""The page with a section for each alert, from the repository's root."""

Severity = Literal["critical", "warning", "none"]
"""`critical`: look now, something does not work or is about to be lost. `warning`: look within a day. `none`: nobody is
told; it is there for machines."""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What there is to watch."""

    jobs: Sequence[str]
    """Names of all targets, which are the label `job` of their series."""
    too_hot: int | None
    """Degrees Celsius of a room above which there is an alert; None, where there are no sensors."""
    runbooks: str = ""
    """Where the repository's files can be read, an address without a slash at its end; empty, where that is unknown."""

    @property
    def tunnel(self) -> bool:
        """Whether a connector of Cloudflare's runs."""
        return CLOUDFLARED in self.jobs


@dataclass(frozen=True, kw_only=True)
class Alert:
    """Something that somebody has to know."""

    name: str
    """In CamelCase; its section of the runbook has the same."""
    severity: Severity
    expr: str
    """PromQL: each series that it yields is an alert."""
    wait: str
    """For how long the expression has to yield it before anybody is told, such as `10m`."""
    summary: str
    """One line; a template that knows `$labels` and `$value`."""
    description: str
    """What that means for whoever lives here; a template, too."""

    def rendered(self, runbooks: str) -> dict[str, object]:
        """As a PrometheusRule has it; `runbooks` as `Watched` has it."""
        page = f"{runbooks}/{RUNBOOK}" if runbooks else RUNBOOK
        return {
            "alert": self.name,
            "expr": self.expr,
            "for": self.wait,
            "labels": {"severity": self.severity},
            "annotations": {
                "summary": self.summary,
                "description": self.description,
                "runbook": f"{page}#{self.name.lower()}",
            },
        }


def on_its_node(expr: str) -> str:
    """The series of an expression with the label `node` of the pod that each is about, where it is about one.

    A node that is down says it all: by that label nobody is told of its pods one by one. All values are to be 0.
    """
    placed = "max by (namespace, pod, node) (kube_pod_info)"
    return f"({expr}) * on (namespace, pod) group_left (node) {placed} or ({expr}) unless on (namespace, pod) {placed}"


@dataclass(frozen=True, kw_only=True)
class Record:
    """A series that is made of others."""

    name: str
    """`<level>:<what>:<unit or operation>`."""
    expr: str
    """PromQL."""

    def rendered(self, _runbooks: str) -> dict[str, object]:
        """As a PrometheusRule has it."""
        return {"record": self.name, "expr": self.expr}


Rule = Alert | Record


@dataclass(frozen=True, kw_only=True)
class RuleGroup:
    """Rules that are evaluated one after the other, all at the same moment."""

    name: str
    rules: Sequence[Rule]
    interval: str | None = None
    """Time between two evaluations, such as `5m`; None, as Prometheus does all."""

    def rendered(self, runbooks: str) -> dict[str, object]:
        """As a PrometheusRule has it."""
        every = {"interval": self.interval} if self.interval else {}
        return {"name": self.name, **every, "rules": [rule.rendered(runbooks) for rule in self.rules]}
