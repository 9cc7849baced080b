"""What two operators have made is compared fact by fact."""

from __future__ import annotations

import base64
import copy
import gzip
from typing import Any

import pytest
import yaml

from drills.monitoring import compared
from drills.monitoring.operator import Made

CONFIGURATION = {
    "global": {"external_labels": {"cluster": "homelab"}},
    "scrape_configs": [{"job_name": "podMonitor/a/b/0", "scrape_interval": "15s", "metrics_path": "/metrics"}],
}


def made(configuration: Any = CONFIGURATION, argument: str = "--a=1", status: str = "True") -> Made:
    packed = base64.b64encode(gzip.compress(yaml.safe_dump(configuration).encode())).decode()
    pod = {"containers": [{"name": "prometheus", "image": "i", "args": [argument]}]}
    return Made(
        objects={
            "StatefulSet a": {"kind": "StatefulSet", "spec": {"template": {"metadata": {}, "spec": pod}}},
            "Service a": {"kind": "Service", "spec": {"clusterIP": "None", "ports": [{"name": "web", "port": 9090}]}},
            "Secret a": {"kind": "Secret", "data": {"prometheus.yaml.gz": packed}},
        },
        conditions={"Prometheus a": {"Available": status}},
    )


def test_the_same_is_no_difference() -> None:
    assert compared.differences(made(), made()) == []


def test_an_argument_a_condition_and_an_interval_that_differ_are_each_said() -> None:
    other: Any = copy.deepcopy(CONFIGURATION)
    other["scrape_configs"][0]["scrape_interval"] = "30s"
    assert compared.differences(made(), made(other, "--a=2", "False")) == [
        "Prometheus a: condition Available: simulated True, real False",
        "Secret a: job podMonitor/a/b/0: interval: simulated 15s, real 30s",
        "StatefulSet a: prometheus: argument --a=1: simulated there, real nothing",
        "StatefulSet a: prometheus: argument --a=2: simulated nothing, real there",
    ]


def test_an_object_that_only_one_has_made_is_said() -> None:
    real = made()
    without = Made(objects={k: v for k, v in real.objects.items() if k != "Service a"}, conditions=real.conditions)
    assert "Service a: simulated nothing, real there" in compared.differences(without, real)


def test_only_what_has_a_reason_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compared, "KNOWN", {"Service a": "a reason"})
    assert compared.unknown(["Service a: port web: simulated 1, real 2", "Service b: there"]) == ["Service b: there"]
