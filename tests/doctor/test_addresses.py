from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from doctor.addresses import node_addresses, pod_ranges, service_addresses
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
    assert problem.startswith("Pod a/pod-10.244.1.7 has the address 10.244.1.7, which is not permitted")
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


def excepting(policy: dict[str, Any], *ranges: str, direction: str = "ingress") -> dict[str, Any]:
    """The policy, with these ranges excepted from its first block."""
    side = "to" if direction == "egress" else "from"
    policy["spec"][direction][0][side][0]["ipBlock"]["except"] = list(ranges)
    return policy


def test_what_is_excepted_from_a_range_is_not_permitted() -> None:
    both = permit("10.42.0.0/16", "192.0.2.1/32", direction="ingress")
    (problem,) = outside(excepting(both, "10.42.1.0/24"), pod("10.42.1.7"), pod("10.42.2.7"))
    assert problem.startswith("Pod a/pod-10.42.1.7 has the address 10.42.1.7, which is not permitted")
    assert outside(excepting(both, "10.42.3.0/24"), pod("10.42.1.7")) == []


@pytest.mark.parametrize(("excepted", "named"), [("192.0.2.0/25", ["192.0.2.2"]), ("192.0.2.128/25", [])])
def test_an_api_server_in_a_range_is_permitted_unless_it_is_excepted(excepted: str, named: list[str]) -> None:
    both = excepting(permit("192.0.2.0/24", "192.0.2.1/32"), excepted, direction="egress")
    assert [target for target, _ in broken(both, servers("192.0.2.1", "192.0.2.2"))] == named


def service(address: str) -> dict[str, Any]:
    spec = {"clusterIP": address}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": address.lower(), "namespace": "a"},
        "spec": spec,
    }


def service_range(*cidrs: str) -> dict[str, Any]:
    meta = {"name": "kubernetes"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": meta, "spec": {"cidrs": cidrs}}


def services(*objects: dict[str, Any]) -> list[tuple[str, str]]:
    context = Context(snapshot=Snapshot.of(objects, {}), now=datetime.now(tz=UTC))
    return [(item.target, item.problem) for item in service_addresses(context) if item.problem]


@pytest.mark.parametrize(
    ("objects", "named"),
    [
        ([permit("10.43.0.1/32", port=443), service_range("10.43.0.0/16")], ["10.43.0.1/32"]),
        ([permit("10.43.7.0/24", port=443), service_range("10.43.0.0/16", "fd43::/112")], ["10.43.7.0/24"]),
        ([permit("fd43::7/128", port=443), service_range("10.43.0.0/16", "fd43::/112")], ["fd43::7/128"]),
        ([permit("10.43.0.1/32", direction="ingress"), service_range("10.43.0.0/16")], ["10.43.0.1/32"]),
        ([permit("10.43.0.10/32", port=53), service_range("10.43.0.0/16")], []),  # a DNS cache in its place
        ([permit("10.0.0.0/8", port=443), service_range("10.43.0.0/16")], []),
        ([permit("10.43.0.1/32", port=443), service("10.43.0.1"), service("None")], ["10.43.0.1/32"]),
        ([permit("10.43.0.2/32", port=443), service("10.43.0.1")], []),
    ],
)
def test_permits_by_the_address_of_a_service_are_named(objects: list[dict[str, Any]], named: list[str]) -> None:
    found = services(*objects)
    assert [target for target, _ in found] == named
    assert all("cluster.apiServerAddresses" in problem for _, problem in found)


def test_the_address_of_a_service_is_no_node_that_is_missing() -> None:
    assert broken(permit("10.43.0.1/32"), service_range("10.43.0.0/16")) == []


def test_pods_of_simulated_nodes_are_looked_at_like_any() -> None:
    fake = node("198.51.100.1")
    fake["metadata"] = {"name": "fake", "annotations": {"kwok.x-k8s.io/node": "fake"}}
    both = permit("10.42.0.0/16", "192.0.2.1/32", direction="ingress")
    assert outside(fake, both, pod("10.42.0.7", node_name="fake")) == []
    assert len(outside(fake, both, pod("10.0.0.7", node_name="fake"))) == 1
