"""CloudNativePG and its plugin: what they wait for, who calls them, where their images come from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.parts import MIRROR, chart_values, peer, policies, waits_for
from tests.support.recorder import Recording

OPERATOR = {"app.kubernetes.io/name": "cloudnative-pg"}
PLUGIN = {"app.kubernetes.io/name": "plugin-barman-cloud"}


@pytest.mark.parametrize(("kind", "name"), [(":Application", "cloudnative-pg"), (":ConfigMap", "cert-manager")])
def test_the_plugin_comes_after_the_operator_and_after_whatever_issues_its_certificates(
    recording: Recording[Any], kind: str, name: str
) -> None:
    assert waits_for(recording, recording.one(":Application", "plugin-barman-cloud"), kind, name)


def test_the_api_server_calls_the_operators_webhook_also_from_the_pods_range(recording: Recording[Any]) -> None:
    spec = policies(recording)["cnpg-system/cloudnative-pg-webhook-ingress"]
    assert spec["podSelector"]["matchLabels"] == OPERATOR
    (rule,) = spec["ingress"]
    assert rule["ports"] == [{"port": 9443, "protocol": "TCP"}]
    assert {item["ipBlock"]["cidr"] for item in rule["from"]} == {"192.168.1.11/32", "10.42.0.0/16"}


def test_the_plugin_is_called_by_the_operator(recording: Recording[Any]) -> None:
    spec = policies(recording)["cnpg-system/plugin-barman-cloud-from-operator-ingress"]
    assert spec["podSelector"]["matchLabels"] == PLUGIN
    assert spec["ingress"] == [{"from": [peer("cnpg-system", OPERATOR)], "ports": [{"port": 9090, "protocol": "TCP"}]}]


def test_both_ask_the_api_server_and_nobody_else_outside(recording: Recording[Any]) -> None:
    found = policies(recording)
    outside = {
        name.removeprefix("cnpg-system/")
        for name, spec in found.items()
        if name.startswith("cnpg-system/")
        and any("ipBlock" in to for rule in spec.get("egress", []) for to in rule["to"])
    }
    assert outside == {"cloudnative-pg-to-api-server-egress", "plugin-barman-cloud-to-api-server-egress"}


def test_one_operator_may_fail_in_a_house_of_two_nodes(build: Any) -> None:
    values = chart_values(build(replicas=2), "cloudnative-pg")
    assert values["replicaCount"] == 2
    assert values["topologySpreadConstraints"][0]["labelSelector"] == {"matchLabels": OPERATOR}


def test_their_images_come_from_the_mirror(build: Any) -> None:
    found = build(registry_mirror=MIRROR)
    assert chart_values(found, "cloudnative-pg")["image"] == {
        "repository": f"{MIRROR}/ghcr.io/cloudnative-pg/cloudnative-pg"
    }
    plugin = chart_values(found, "plugin-barman-cloud")
    assert plugin["image"] == plugin["sidecarImage"] == {"registry": f"{MIRROR}/ghcr.io"}
