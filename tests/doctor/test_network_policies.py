from __future__ import annotations

from typing import Any

import pytest

from doctor.network_policies import Group, Port, callers, directions, group_of, matches, permitted
from doctor.snapshot import Snapshot

WEB = Group(namespace="web", labels={"app": "web", "tier": "front"})
DATA = Group(namespace="data", labels={"app": "data"})
OUTSIDE = Group(address="203.0.113.7")
PORT = Port(number=5432, name="sql")


def policy(namespace: str, name: str = "policy", **spec: Any) -> dict[str, Any]:
    meta = {"namespace": namespace, "name": name}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


def ingress(*peers: dict[str, Any], ports: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A policy of `data` that lets these in."""
    rule = {"from": list(peers)} | ({"ports": ports} if ports else {})
    return policy("data", podSelector={}, policyTypes=["Ingress"], ingress=[rule])


def snapshot(*policies: dict[str, Any]) -> Snapshot:
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"name": name, "team": "home"}}}
        for name in ("web", "data")
    ]
    return Snapshot.of([*namespaces, *policies], {})


def test_without_policies_everything_is_permitted() -> None:
    assert permitted(snapshot(), WEB, DATA, PORT) == ""


def test_a_policy_that_selects_pods_closes_them() -> None:
    closed = policy("data", podSelector={}, policyTypes=["Ingress"])
    assert permitted(snapshot(closed), WEB, DATA, PORT) == "no ingress policy of data permits it"
    assert permitted(snapshot(closed), DATA, WEB, PORT) == ""


def test_a_policy_that_selects_other_pods_does_not() -> None:
    other = policy("data", podSelector={"matchLabels": {"app": "other"}}, policyTypes=["Ingress"])
    assert permitted(snapshot(other), WEB, DATA, PORT) == ""


def test_egress_and_ingress_both_have_to_permit() -> None:
    to = {"to": [{"namespaceSelector": {"matchLabels": {"name": "data"}}}]}
    closed = policy("web", podSelector={}, policyTypes=["Egress"])
    opened = policy("web", "opened", podSelector={}, policyTypes=["Egress"], egress=[to])
    assert permitted(snapshot(closed), WEB, DATA, PORT) == "no egress policy of web permits it"
    assert permitted(snapshot(closed, opened), WEB, DATA, PORT) == ""
    closed_data = policy("data", podSelector={}, policyTypes=["Ingress"])
    assert permitted(snapshot(closed, opened, closed_data), WEB, DATA, PORT) == "no ingress policy of data permits it"


@pytest.mark.parametrize(
    ("peer", "permits"),
    [
        ({"namespaceSelector": {"matchLabels": {"name": "web"}}}, True),
        ({"namespaceSelector": {"matchLabels": {"name": "other"}}}, False),
        ({"namespaceSelector": {}}, True),
        ({"podSelector": {"matchLabels": {"app": "web"}}}, False),  # without a namespace: of the policy's own
        ({"podSelector": {}}, False),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}, True),
        ({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "other"}}}, False),
        ({"namespaceSelector": {"matchLabels": {"name": "other"}}, "podSelector": {}}, False),
        ({"ipBlock": {"cidr": "0.0.0.0/0"}}, False),  # pods are not known by address
    ],
)
def test_peers(peer: dict[str, Any], permits: bool) -> None:
    assert (permitted(snapshot(ingress(peer)), WEB, DATA, PORT) == "") is permits


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ({"cidr": "10.42.0.0/16"}, True),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}, False),
        ({"cidr": "192.168.0.0/16"}, False),
    ],
)
def test_a_permit_that_only_means_a_pods_address_is_told_apart(block: dict[str, Any], told: bool) -> None:
    pod = {"metadata": {"namespace": "web", "labels": WEB.labels}, "status": {"podIP": "10.42.1.7"}}
    reason = permitted(snapshot(ingress({"ipBlock": block})), group_of(pod), DATA, PORT)
    assert ("10.42.1.7, which many network plugins do not count" in reason) is told
    assert reason.startswith("no ingress policy of data permits it")


def test_no_peers_at_all_stand_for_everybody() -> None:
    anybody = policy("data", podSelector={}, policyTypes=["Ingress"], ingress=[{}])
    assert permitted(snapshot(anybody), WEB, DATA, PORT) == ""
    assert permitted(snapshot(anybody), OUTSIDE, DATA, PORT) == ""


@pytest.mark.parametrize(
    ("block", "permits"),
    [
        ({"cidr": "203.0.113.0/24"}, True),
        ({"cidr": "198.51.100.0/24"}, False),
        ({"cidr": "0.0.0.0/0", "except": ["203.0.113.0/24"]}, False),
        ({"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}, True),
        ({"cidr": "2001:db8::/32"}, False),
    ],
)
def test_blocks_of_addresses(block: dict[str, Any], permits: bool) -> None:
    assert (permitted(snapshot(ingress({"ipBlock": block})), OUTSIDE, DATA, PORT) == "") is permits


def test_selectors_do_not_mean_what_is_outside() -> None:
    assert permitted(snapshot(ingress({"namespaceSelector": {}})), OUTSIDE, DATA, PORT) != ""


@pytest.mark.parametrize(
    ("ports", "permits"),
    [
        ([{"port": 5432}], True),
        ([{"port": "sql"}], True),
        ([{"port": "http"}], False),
        ([{"port": 5432, "protocol": "UDP"}], False),
        ([{"port": 80}, {"port": 5432, "protocol": "TCP"}], True),
        ([{"port": 5000, "endPort": 6000}], True),
        ([{"port": 5000, "endPort": 5100}], False),
        ([{"protocol": "TCP"}], True),
        ([{"protocol": "UDP"}], False),
    ],
)
def test_ports(ports: list[dict[str, Any]], permits: bool) -> None:
    assert (permitted(snapshot(ingress({"namespaceSelector": {}}, ports=ports)), WEB, DATA, PORT) == "") is permits


@pytest.mark.parametrize(
    ("expression", "selects"),
    [
        ({"key": "tier", "operator": "In", "values": ["front", "back"]}, True),
        ({"key": "tier", "operator": "In", "values": ["back"]}, False),
        ({"key": "tier", "operator": "NotIn", "values": ["back"]}, True),
        ({"key": "tier", "operator": "NotIn", "values": ["front"]}, False),
        ({"key": "colour", "operator": "NotIn", "values": ["red"]}, True),
        ({"key": "tier", "operator": "Exists"}, True),
        ({"key": "colour", "operator": "Exists"}, False),
        ({"key": "colour", "operator": "DoesNotExist"}, True),
        ({"key": "tier", "operator": "DoesNotExist"}, False),
    ],
)
def test_expressions(expression: dict[str, Any], selects: bool) -> None:
    assert matches({"matchExpressions": [expression]}, WEB.labels) is selects
    assert not matches({"matchLabels": {"app": "other"}, "matchExpressions": [expression]}, WEB.labels)


def test_policy_types_have_a_default() -> None:
    assert directions(policy("data", podSelector={})) == ["Ingress"]
    assert directions(policy("data", podSelector={}, egress=[{}])) == ["Ingress", "Egress"]
    assert directions(policy("data", podSelector={}, policyTypes=["Egress"])) == ["Egress"]


def test_callers_of_a_port() -> None:
    web = {"namespaceSelector": {"matchLabels": {"name": "web"}}}
    assert list(callers(snapshot(), DATA, PORT)) == [{}]
    assert list(callers(snapshot(ingress(web)), DATA, PORT)) == [web]
    assert list(callers(snapshot(ingress(web, ports=[{"port": 80}])), DATA, PORT)) == []
