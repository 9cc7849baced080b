from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from doctor.addresses import node_addresses
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
