"""Allowed calls: what the policies permit, to the port and the address."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.kit import (
    Addresses,
    AllowTraffic,
    AllowTrafficArgs,
    Endpoint,
    OpenPods,
    PodPort,
    Pods,
    allow_traffic,
    hosts,
    internet,
)
from tests.support.parts import namespace, peer, policies, waits_for
from tests.support.recorder import Recording, record

CALLER = {"app": "caller"}
CALLED = {"app": "called"}
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]


def caller() -> Pods:
    return Pods(namespace=namespace("front"), labels=CALLER)


def called() -> Endpoint:
    return Endpoint(namespace=namespace("back"), service="api", port=80, pods=CALLED, pod_port="http")


def egress_to(target: Addresses) -> Any:
    recording = record(lambda: AllowTraffic("call", AllowTrafficArgs(source=caller(), target=target)))
    assert set(policies(recording)) == {"front/call-egress"}
    return policies(recording)["front/call-egress"]


def test_a_call_between_pods_is_permitted_at_both_ends_and_at_the_pods_port_only() -> None:
    recording = record(lambda: AllowTraffic("call", AllowTrafficArgs(source=caller(), target=called())))
    assert policies(recording) == {
        "front/call-egress": {
            "podSelector": {"matchLabels": CALLER},
            "policyTypes": ["Egress"],
            "egress": [{"to": [peer("back", CALLED)], "ports": [{"port": "http", "protocol": "TCP"}]}],
        },
        "back/call-ingress": {
            "podSelector": {"matchLabels": CALLED},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [peer("front", CALLER)], "ports": [{"port": "http", "protocol": "TCP"}]}],
        },
    }


def test_a_call_by_udp_is_permitted_by_udp_only() -> None:
    recording = record(
        lambda: AllowTraffic("call", AllowTrafficArgs(source=caller(), target=replace(called(), protocol="UDP")))
    )
    rules = [*policies(recording)["front/call-egress"]["egress"], *policies(recording)["back/call-ingress"]["ingress"]]
    assert [rule["ports"] for rule in rules] == [[{"port": "http", "protocol": "UDP"}]] * 2


def test_each_policy_waits_for_its_own_namespace() -> None:
    recording = record(lambda: AllowTraffic("call", AllowTrafficArgs(source=caller(), target=called())))
    for name, place in {"call-egress": "front", "call-ingress": "back"}.items():
        assert waits_for(recording, recording.one(":NetworkPolicy", name), "core/v1:Namespace", place)


def test_the_pods_of_one_chart_may_call_each_other_at_every_port() -> None:
    def program() -> None:
        pods = Pods(namespace=namespace("chart"))
        AllowTraffic("inside", AllowTrafficArgs(source=pods, target=pods))

    found = policies(record(program))
    assert found["chart/inside-egress"]["egress"] == [{"to": [peer("chart", {})]}]
    assert found["chart/inside-ingress"]["ingress"] == [{"from": [peer("chart", {})]}]
    assert found["chart/inside-ingress"]["podSelector"] == {"matchLabels": {}}


def test_pods_without_a_service_may_be_called_at_one_port() -> None:
    def program() -> None:
        target = PodPort(pods=Pods(namespace=namespace("back"), labels=CALLED), port=9100)
        AllowTraffic("call", AllowTrafficArgs(source=caller(), target=target))

    found = policies(record(program))
    ports = [{"port": 9100, "protocol": "TCP"}]
    assert found["front/call-egress"]["egress"] == [{"to": [peer("back", CALLED)], "ports": ports}]
    assert found["back/call-ingress"]["podSelector"] == {"matchLabels": CALLED}
    assert found["back/call-ingress"]["ingress"] == [{"from": [peer("front", CALLER)], "ports": ports}]


def test_where_everybody_may_call_no_policy_shuts_the_others_out() -> None:
    target = PodPort(pods=OpenPods(namespace="kube-system", labels=CALLED), port=9153)
    found = policies(record(lambda: AllowTraffic("call", AllowTrafficArgs(source=caller(), target=target))))
    assert set(found) == {"front/call-egress"}
    assert found["front/call-egress"]["egress"] == [
        {"to": [peer("kube-system", CALLED)], "ports": [{"port": 9153, "protocol": "TCP"}]}
    ]


def test_the_internet_is_every_address_but_the_private_ones() -> None:
    assert egress_to(internet(443))["egress"] == [
        {
            "to": [
                {"ipBlock": {"cidr": "0.0.0.0/0", "except": PRIVATE}},
                {"ipBlock": {"cidr": "::/0", "except": ["fc00::/7", "fe80::/10"]}},
            ],
            "ports": [{"port": 443, "protocol": "TCP"}],
        }
    ]


def test_a_protocol_other_than_tcp_is_kept() -> None:
    assert egress_to(internet(7844, protocol="UDP"))["egress"][0]["ports"] == [{"port": 7844, "protocol": "UDP"}]


def test_single_machines_are_named_one_by_one_and_nothing_is_excluded_from_them() -> None:
    assert egress_to(hosts(["192.168.1.11", "fd00::1"], 6443))["egress"] == [
        {
            "to": [{"ipBlock": {"cidr": "192.168.1.11/32"}}, {"ipBlock": {"cidr": "fd00::1/128"}}],
            "ports": [{"port": 6443, "protocol": "TCP"}],
        }
    ]


def test_excluded_ranges_apply_to_every_address_only() -> None:
    mixed = Addresses(cidrs=["0.0.0.0/0", "203.0.113.0/24"], ports=[443], excluded=PRIVATE)
    assert [to["ipBlock"].get("except") for to in egress_to(mixed)["egress"][0]["to"]] == [PRIVATE, None]


def test_addresses_may_be_known_only_later() -> None:
    target = Addresses(cidrs=["198.51.100.0/24"], ports=[443])

    def program() -> None:
        late = Addresses(cidrs=pulumi.Output.from_input(target.cidrs), ports=target.ports)
        AllowTraffic("call", AllowTrafficArgs(source=caller(), target=late))

    to = policies(record(program))["front/call-egress"]["egress"][0]["to"]
    assert to == [{"ipBlock": {"cidr": "198.51.100.0/24"}}]


def test_addresses_as_a_source_need_no_permission_to_call() -> None:
    nodes = Addresses(cidrs=["192.168.1.11/32"], ports=[])
    found = policies(record(lambda: AllowTraffic("webhook", AllowTrafficArgs(source=nodes, target=called()))))
    assert found == {
        "back/webhook-ingress": {
            "podSelector": {"matchLabels": CALLED},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"ipBlock": {"cidr": "192.168.1.11/32"}}],
                    "ports": [{"port": "http", "protocol": "TCP"}],
                }
            ],
        }
    }


def test_addresses_without_ports_mean_all_of_them() -> None:
    assert "ports" not in egress_to(Addresses(cidrs=["192.168.1.11/32"], ports=[]))["egress"][0]


def test_several_calls_are_named_after_what_they_are_for() -> None:
    def program() -> list[pulumi.Resource]:
        parent = pulumi.ComponentResource("test:kit:Parent", "app")
        calls = {"to-internet": AllowTrafficArgs(source=caller(), target=internet(443))}
        return allow_traffic("app", calls, parent=parent)

    recording: Recording[list[pulumi.Resource]] = record(program)
    assert len(recording.result) == 1
    made = recording.one(":AllowTraffic", "app-to-internet")
    assert made.parent == recording.one(":Parent", "app").urn


@pytest.mark.parametrize(("port", "url"), [(80, "http://api.back.svc:80"), (8080, "http://api.back.svc:8080")])
def test_an_endpoint_knows_its_address(port: int, url: str) -> None:
    def program() -> Endpoint:
        return Endpoint(namespace=namespace("back"), service="api", port=port, pods=CALLED, pod_port=port)

    assert record(program).result.url == url
