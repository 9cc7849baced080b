"""Rules of Prometheus: what somebody has to know, and what is kept for the long term.

One module for each part, with a function that makes its groups of what there is to watch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from components.monitoring.rules import (
    backups,
    bridge,
    certificates,
    databases,
    delivery,
    edge,
    kubernetes,
    longterm,
    nodes,
    probes,
    prometheus,
    rooms,
    targets,
    thanos,
)
from components.monitoring.rules.model import Alert, Record, RuleGroup, Severity, Watched

__all__ = ["Alert", "Record", "RuleGroup", "Severity", "Watched", "rule_groups", "specs"]

PARTS: Final[Sequence[Callable[[Watched], RuleGroup]]] = (
    targets.group,
    nodes.group,
    kubernetes.group,
    databases.group,
    backups.group,
    delivery.group,
    edge.group,
    certificates.group,
    probes.group,
    thanos.group,
    prometheus.group,
    bridge.group,
    rooms.group,
    longterm.group,
)


def rule_groups(watched: Watched) -> Sequence[RuleGroup]:
    """All groups that have a rule."""
    return tuple(group for group in (part(watched) for part in PARTS) if group.rules)


def specs(watched: Watched) -> dict[str, dict[str, Any]]:
    """The `spec` of a PrometheusRule for each part, by its name."""
    return {group.name: {"groups": [group.rendered(watched.runbooks)]} for group in rule_groups(watched)}
