from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from doctor.addresses import SIMULATED, node_addresses, pod_ranges
from doctor.check import Context
from doctor.snapshot import Snapshot

NODES = ("192.0.2.1", "192.0.2.2")


def node(address: str) -> dict[str, Any]:
    found = [{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": address}]
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": address}, "status": {"addresses": found}}


def servers(*addresses: str, port: int = 6443) -> dict[str, Any]:
    meta = {"name": "kubernetes", "namespace": "default", "labels": {"kubernetes.io/service-name": "kubernetes"}}
    found = {"endpoints": [{"addresses": [address]} for address in addresses], "ports": [{"port": port}]}
    return {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": meta, **found}


def permit(*cidrs: str, port: int | None = 6443, direction: str = "egress") -> dict[str, Any]:
    peers = [{"ipBlock": {"cidr": cidr}} for cidr in cidrs]
    rule: dict[str, Any] = {"to" if direction == "egress" else "from": peers}
    rule |= {"ports": [{"port": port}]} if port else {}
    meta = {"name": "p", "namespace": "a"}
    spec = {"podSelector": {}, direction: [rule]}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


def broken(*objects: dict[str, Any]) -> list[tuple[str, str]]:
    context = Context(snapshot=Snapshot.of([*map(node, NODES), *objects], {}), now=datetime.now(tz=UTC))
    return [(item.target, item.problem) for item in node_addresses(context) if item.problem]


@pytest.mark.parametrize(
    ("objects", "named"),
    [
        ([permit("192.0.2.1/32", "192.0.2.2/32")], []),
        ([permit("192.0.2.1/32", "192.0.2.9/32")], ["192.0.2.9"]),
        ([permit("192.0.2.9/32", port=None, direction="ingress")], []),  # may be anybody
        ([permit("192.0.2.1/32", "192.0.2.9/32", port=None, direction="ingress")], ["192.0.2.9"]),
        ([permit("192.0.2.9/32", port=443)], []),
        ([permit("192.0.2.9/32", port=7443), servers("192.0.2.1", port=7443)], ["192.0.2.9", "192.0.2.1"]),
        ([permit("0.0.0.0/0", "192.0.2.0/24")], []),
        ([permit("198.51.100.7/32"), servers("198.51.100.7")], []),
        ([permit("192.0.2.1/32"), servers("192.0.2.1", "192.0.2.2")], ["192.0.2.2"]),
        ([permit("192.0.2.1/32"), servers("198.51.100.7")], []),
        ([permit("2001:db8::1/128")], ["2001:db8::1"]),
    ],
)
def test_addresses_that_nobody_has_and_api_servers_left_out_are_named(
    objects: list[dict[str, Any]], named: list[str]
) -> None:
    found = broken(*objects)
    assert [target for target, _ in found] == named
    assert all("set cluster.nodeAddresses" in problem for _, problem in found)


def test_without_nodes_to_look_at_nothing_is_claimed() -> None:
    context = Context(snapshot=Snapshot.of([permit("192.0.2.9/32")], {}), now=datetime.now(tz=UTC))
    assert list(node_addresses(context)) == []


def pod(address: str, *, node_name: str = "192.0.2.1", **spec: Any) -> dict[str, Any]:
    meta = {"name": f"pod-{address}", "namespace": "a"}
    status = {"phase": "Running", "podIP": address}
    spec |= {"nodeName": node_name, "containers": []}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": status}


def outside(*objects: dict[str, Any]) -> list[str]:
    context = Context(snapshot=Snapshot.of([*map(node, NODES), *objects], {}), now=datetime.now(tz=UTC))
    return [item.problem for item in pod_ranges(context) if item.problem]


def test_a_pod_outside_of_the_permitted_range_is_named_with_what_to_set() -> None:
    (problem,) = outside(permit("10.42.0.0/16", "192.0.2.1/32", direction="ingress"), pod("10.244.1.7"))
    assert problem.startswith("Pod a/pod-10.244.1.7 has the address 10.244.1.7, which lies outside")
    assert "cluster.podCidr" in problem


@pytest.mark.parametrize(
    "objects",
    [
        [permit("10.42.0.0/16", "192.0.2.1/32", direction="ingress"), pod("10.42.1.7")],
        [permit("10.42.0.0/16", "10.244.0.0/16", "192.0.2.1/32", direction="ingress"), pod("10.244.1.7")],
        [permit("10.42.0.0/16", "192.0.2.1/32", direction="ingress"), pod("192.0.2.1", hostNetwork=True)],
        [permit("10.42.0.0/16", "192.0.2.1/32", direction="ingress"), pod("fd42::7")],
        [permit("173.245.48.0/20", "192.0.2.1/32", direction="ingress"), pod("10.244.1.7")],
        [permit("10.42.0.0/16", "192.0.2.1/32"), pod("10.244.1.7")],
        [permit("192.168.0.0/16", direction="ingress"), pod("10.244.1.7")],  # not beside nodes: the house
    ],
)
def test_a_pod_inside_of_another_network_or_of_another_family_is_not(objects: list[dict[str, Any]]) -> None:
    assert outside(*objects) == []


def test_pods_of_simulated_nodes_say_nothing() -> None:
    fake = node("198.51.100.1")
    fake["metadata"] = {"name": "fake", "annotations": {SIMULATED: "fake"}}
    assert (
        outside(fake, permit("10.42.0.0/16", "192.0.2.1/32", direction="ingress"), pod("10.0.0.7", node_name="fake"))
        == []
    )
