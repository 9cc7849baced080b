"""Calls of pods and Services find whoever takes their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from drills.errors import DrillError
from drills.monitoring.network import Listener, Network
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"


@pytest.fixture
def network() -> Network:
    return Network(cluster=LiveObjects.of(OBJECTS))


def joined(network: Network, app: str, ports: dict[int, int]) -> None:
    network.listeners.append(Listener(namespace="temporis", labels={"app": app, "pod": f"{app}-{ports}"}, ports=ports))


def test_the_address_of_a_service_is_where_its_pods_port_is(network: Network) -> None:
    joined(network, "bridge", {8080: 7001})
    assert network.here("tcp://bridge.temporis.svc:8080/receive") == "tcp://127.0.0.1:7001/receive"
    assert network.here("bridge.temporis.svc.cluster.local:8080") == "127.0.0.1:7001"


def test_what_nobody_listens_at_is_named(network: Network) -> None:
    with pytest.raises(DrillError, match="temporis/bridge: nobody listens at its port 8080"):
        network.here("http://bridge.temporis.svc:8080")
    with pytest.raises(DrillError, match="temporis/bridge: has no port 81"):
        network.here("http://bridge.temporis.svc:81")


def test_a_service_that_is_looked_up_is_all_who_are_behind_it(network: Network) -> None:
    joined(network, "prometheus", {10901: 7002})
    joined(network, "prometheus", {10901: 7003})
    word = "--endpoint=dnssrv+_grpc._tcp.prometheus-operated.temporis.svc"
    assert network.discovered(word) == ["--endpoint=127.0.0.1:7002", "--endpoint=127.0.0.1:7003"]
    assert network.discovered("--other") == ["--other"]


def test_a_pod_is_found_by_its_address_and_the_port_it_was_called_at(network: Network) -> None:
    network.listeners.append(Listener(namespace="temporis", labels={"app": "bridge"}, ports={8080: 7001}))
    assert network.of_pod("10.42.0.7", 8080) == "127.0.0.1:7001"
    assert network.of_pod("10.42.0.7", 81) is None
    assert network.of_pod("10.42.0.8", 8080) is None
