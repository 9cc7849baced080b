"""Rules as Prometheus's operator takes them."""

from __future__ import annotations

from typing import Any

from components.monitoring.ruling import Rules, RulesArgs
from components.vocabulary import MONITORED
from tests.support.monitoring import place
from tests.support.parts import done, waits_for
from tests.support.recorder import record

GROUP: dict[str, Any] = {"name": "nodes", "rules": [{"alert": "NodeDown", "expr": "up == 0"}]}


def test_each_part_has_an_object_that_prometheus_looks_for() -> None:
    specs: dict[str, dict[str, Any]] = {"nodes": {"groups": [GROUP]}, "targets": {"groups": []}}
    recording = record(
        lambda: Rules("rules", RulesArgs(namespace=place(), rules=specs, kinds_known=done("operator-crds")))
    )
    found = recording.of(":PrometheusRule")
    assert {item.object_name: item.spec for item in found} == {f"temporis/{name}": spec for name, spec in specs.items()}
    for item in found:
        assert item.inputs["metadata"]["labels"] == {MONITORED: "true"}
        assert waits_for(recording, item, ":ConfigMap", "operator-crds")
