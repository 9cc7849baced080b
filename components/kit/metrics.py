"""Who has metrics: what every part hands in, so that Prometheus finds it and may call it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.kit.network import Addresses, OpenPods, Pods

INTERVAL: Final = 15
"""Seconds between two scrapes, by default."""


@dataclass(frozen=True, kw_only=True)
class Https:
    """How a target is called that speaks TLS."""

    server_name: str = ""
    """Whom its certificate is made out to: the cluster's own authority has signed it."""
    unverified_reason: str = ""
    """Why its certificate is not verified; nothing means that it is."""
    token: bool = False
    """Whether it asks who calls: Prometheus shows it the token of its ServiceAccount."""

    def __post_init__(self) -> None:
        if bool(self.server_name) == bool(self.unverified_reason):
            message = "https: expected server_name, or in unverified_reason why no certificate is verified"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True)
class MetricsTarget:
    """Pods that answer with metrics."""

    name: str
    """What its monitor is called, and the label `job` of its series."""
    pods: Pods | OpenPods
    port: str | int
    """The pods' port, by number, or by the name that their containers give it."""
    service: Mapping[str, str] | None = None
    """Labels of the Service before them, and none of them for any Service; None means that the pods themselves are
    found, which have to declare the port then."""
    service_port: str = "http"
    """Name of that Service's port."""
    at: Addresses | None = None
    """Where they are called, for what is in the nodes' own network: network policies know no labels there."""
    path: str = "/metrics"
    """HTTP path."""
    https: Https | None = None
    """None means plain HTTP."""
    interval: int = INTERVAL
    """Seconds between two scrapes."""
    honor_labels: bool = False
    """Whether its series are about other things than itself: their own labels count then, such as `namespace`."""
    relabelings: tuple[Mapping[str, object], ...] = ()
    """What else becomes of a target's labels, as Prometheus's `relabel_configs` in the operator's spelling."""

    def __post_init__(self) -> None:
        if self.service is None and self.https and (self.https.token or self.https.server_name):
            message = f"metrics of {self.name}: a token and the cluster's authority are for what a Service leads to"
            raise ValueError(message)
