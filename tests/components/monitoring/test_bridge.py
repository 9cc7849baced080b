"""The bridge: what it is told to carry, where to, and how much waits in it."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

from components.kit import Foundation, SecretKey
from components.monitoring.bridge import Bridge, BridgeArgs
from components.monitoring.names import LONG_TERM, ORGANISATION
from tests.components.apps.support import environment, mounted
from tests.support.parts import base, container, done, endpoint, namespace, peer, policies, waits_for
from tests.support.recorder import Recording, record

Built = tuple[Bridge, Foundation]


@pytest.fixture(scope="module")
def recording() -> Recording[Built]:
    def build() -> Built:
        found = base()
        args = BridgeArgs(
            base=found,
            namespace=namespace("temporis"),
            influxdb=endpoint("influxdb", 8086),
            token=SecretKey(secret="influxdb-access-bridge", key="token", synced=done("tokens")),
        )
        return Bridge("bridge", args), found

    return record(build)


@pytest.fixture(scope="module")
def configuration(recording: Recording[Built]) -> dict[str, Any]:
    (found,) = (item for item in recording.of(":ConfigMap") if item.name == "bridge")
    return tomllib.loads(found.inputs["data"]["telegraf.conf"])


def ports(recording: Recording[Built]) -> dict[str, int]:
    return {item["name"]: int(item["containerPort"]) for item in container(recording, "bridge")["ports"]}


def test_whoever_writes_finds_it_where_it_listens(recording: Recording[Built], configuration: dict[str, Any]) -> None:
    bridge = recording.result[0]
    (listener,) = configuration["inputs"]["http_listener_v2"]
    assert listener["service_address"] == f"tcp://:{ports(recording)['http']}"
    assert listener["data_format"] == "prometheusremotewrite"
    assert bridge.endpoint.url == f"http://bridge.temporis.svc:{ports(recording)['http']}"
    assert bridge.path in listener["paths"]
    assert "POST" in listener["methods"]


def test_each_series_is_a_measurement_of_its_own(configuration: dict[str, Any]) -> None:
    (listener,) = configuration["inputs"]["http_listener_v2"]
    # The other version puts all of them into one, with a field for each.
    assert listener["prometheus_metric_version"] == 1
    # Otherwise each point would be known by the pod that carried it, and a new pod's would be other series.
    assert configuration["agent"]["omit_hostname"] is True


def test_it_is_well_while_it_takes_what_is_written(recording: Recording[Built], configuration: dict[str, Any]) -> None:
    (listener,) = configuration["inputs"]["http_listener_v2"]
    for probe in ("readinessProbe", "livenessProbe"):
        asked = container(recording, "bridge")[probe]["httpGet"]
        assert asked["port"] == "http"
        assert asked["path"] in listener["paths"]
        assert "GET" in listener["methods"]


def test_series_go_to_the_bucket_for_the_long_term_with_a_token_that_only_the_pod_knows(
    recording: Recording[Built], configuration: dict[str, Any]
) -> None:
    (output,) = configuration["outputs"]["influxdb_v2"]
    assert output["urls"] == ["http://influxdb.influxdb.svc:8086"]
    assert (output["organization"], output["bucket"]) == (ORGANISATION, LONG_TERM)
    variable = re.fullmatch(r"\$\{(\w+)\}", output["token"])
    assert variable
    assert environment(recording, "bridge")[variable[1]] == ("influxdb-access-bridge", "token")
    assert waits_for(recording, recording.one(":Deployment", "bridge"), ":ConfigMap", "tokens")


def test_its_own_metrics_are_for_prometheus_and_not_for_influxdb(
    recording: Recording[Built], configuration: dict[str, Any]
) -> None:
    (own,), (output,) = configuration["outputs"]["prometheus_client"], configuration["outputs"]["influxdb_v2"]
    assert "internal" in configuration["inputs"]
    assert own["namepass"] == output["namedrop"] == ["internal_*"]
    (target,) = recording.result[1].contributions.metrics.close()
    assert (target.name, target.path) == ("bridge", "/metrics")
    assert own["listen"] == f":{ports(recording)[str(target.port)]}"


def test_an_hour_without_influxdb_loses_nothing_of_thousands_of_series_from_two_prometheus(
    recording: Recording[Built], configuration: dict[str, Any]
) -> None:
    series, an_hour, writers = 4000, 12, 2
    buffer = configuration["agent"]["metric_buffer_limit"]
    assert buffer >= series * an_hour * writers
    # A point takes about a kilobyte, and the pod is not to end for them.
    memory = int(container(recording, "bridge")["resources"]["limits"]["memory"].removesuffix("Mi"))
    assert buffer / 1000 < memory / 2


def test_its_file_is_where_telegraf_looks(recording: Recording[Built]) -> None:
    assert "configMap" in mounted(recording, "bridge")["/etc/telegraf/telegraf.conf"]


def test_it_may_call_influxdb_and_nothing_else(recording: Recording[Built]) -> None:
    found = {name: spec for name, spec in policies(recording).items() if name.startswith("temporis/")}
    assert found.keys() == {"temporis/bridge-to-influxdb-egress"}
    (rule,) = found["temporis/bridge-to-influxdb-egress"]["egress"]
    influxdb = peer("influxdb", {"app.kubernetes.io/name": "influxdb"})
    assert rule == {"to": [influxdb], "ports": [{"port": 8086, "protocol": "TCP"}]}
