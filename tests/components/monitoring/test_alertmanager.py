"""Alertmanager: who is told of what, and once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest

from components import versions
from components.kit import Foundation
from components.monitoring.alertmanager import Alertmanager, AlertmanagerArgs
from components.monitoring.quieted import QUIETED, Quieted
from components.settings import Alerts
from tests.support.monitoring import place
from tests.support.parts import MIRROR, VAULT, base, done, policies, waits_for
from tests.support.recorder import Recording, Registered, record

LABELS = {"app.kubernetes.io/name": "alertmanager", "app.kubernetes.io/instance": "temporis"}
ITEM = "abcdefghijklmnopqrstuvwxyz"


def alertmanager(alerts: dict[str, Any] | None = None, **site: Any) -> Recording[tuple[Foundation, Alertmanager]]:
    def build() -> tuple[Foundation, Alertmanager]:
        found = base(**site)
        args = AlertmanagerArgs(
            base=found,
            namespace=place(),
            operator=done("prometheus-operator"),
            alerts=None if alerts is None else Alerts.model_validate({"item": ITEM, **alerts}),
        )
        return found, Alertmanager("alertmanager", args)

    return record(build)


@pytest.fixture(scope="module")
def recording() -> Recording[Any]:
    """With everything that there is."""
    return alertmanager({"discord": True, "watchdog": True}, replicas=2)


def made(recording: Recording[Any]) -> Registered:
    return recording.one("monitoring.coreos.com/v1:Alertmanager", "alertmanager")


def routes(recording: Recording[Any]) -> Any:
    (only,) = recording.of(":AlertmanagerConfig")
    return only.spec


def matches(matchers: list[Mapping[str, str]], alert: Mapping[str, str]) -> bool:
    """As Alertmanager does it: a label that an alert lacks is empty."""

    def holds(matcher: Mapping[str, str]) -> bool:
        value = alert.get(matcher["name"], "")
        return {
            "=": value == matcher["value"],
            "!=": value != matcher["value"],
            "=~": re.fullmatch(matcher["value"], value) is not None,
        }[matcher["matchType"]]

    return all(holds(matcher) for matcher in matchers)


def receiver(recording: Recording[Any], **alert: str) -> Any:
    """Who is told of an alert."""
    route = routes(recording)["route"]
    taken = next((inner for inner in route["routes"] if matches(inner["matchers"], alert)), route)
    return next(item for item in routes(recording)["receivers"] if item["name"] == taken["receiver"])


def inhibited(recording: Recording[Any], target: dict[str, str], *, by: dict[str, str]) -> bool:
    return any(
        matches(rule["sourceMatch"], by)
        and matches(rule["targetMatch"], target)
        and all(by.get(label, "") == target.get(label, "") for label in rule["equal"])
        for rule in routes(recording)["inhibitRules"]
    )


def told(receiver: Mapping[str, Any]) -> set[str]:
    return {key for key in receiver if key.endswith("Configs")}


@pytest.mark.parametrize("severity", ["critical", "warning", "none"])
def test_discord_hears_of_every_alert(recording: Recording[Any], severity: str) -> None:
    assert told(receiver(recording, alertname="TargetDown", severity=severity)) == {"discordConfigs"}


def test_the_dead_mans_switch_is_called_every_few_minutes_and_nobody_else_hears_of_it(
    recording: Recording[Any],
) -> None:
    assert told(receiver(recording, alertname="Watchdog", severity="none")) == {"webhookConfigs"}
    (route,) = routes(recording)["route"]["routes"]
    assert (route["groupInterval"], route["repeatInterval"]) == ("1m", "5m")


@pytest.mark.parametrize("alerts", [None, {"discord": False, "watchdog": True}])
def test_without_discord_alerts_are_on_pages_only(alerts: dict[str, Any] | None) -> None:
    assert told(receiver(alertmanager(alerts), alertname="TargetDown", severity="critical")) == set()


@pytest.mark.parametrize("alerts", [None, {"discord": True}])
def test_without_a_dead_mans_switch_nobody_hears_of_the_alert_that_always_fires(alerts: dict[str, Any] | None) -> None:
    assert told(receiver(alertmanager(alerts), alertname="Watchdog")) == set()


def test_addresses_are_keys_of_the_secret_that_comes_from_the_owners_item(recording: Recording[Any]) -> None:
    (synced,) = recording.of(":OnePasswordItem")
    assert synced.spec["itemPath"] == f"vaults/{VAULT}/items/{ITEM}"
    found = {item["name"]: item for item in routes(recording)["receivers"]}
    name = synced.inputs["metadata"]["name"]
    assert found["discord"]["discordConfigs"][0]["apiURL"] == {"name": name, "key": "discord"}
    assert found["watchdog"]["webhookConfigs"][0]["urlSecret"] == {"name": name, "key": "watchdog"}
    assert waits_for(recording, made(recording), ":OnePasswordItem", "alertmanager-receivers")


def test_without_alerts_there_is_no_secret_and_no_way_out() -> None:
    recording = alertmanager()
    assert not recording.of(":OnePasswordItem")
    assert policies(recording) == {}


def test_alerts_of_one_kind_in_one_namespace_are_one_message(recording: Recording[Any]) -> None:
    assert routes(recording)["route"]["groupBy"] == ["alertname", "namespace"]


def test_a_message_says_what_is_wrong_and_where_it_is_written_what_to_do(recording: Recording[Any]) -> None:
    (discord,) = receiver(recording, alertname="TargetDown")["discordConfigs"]
    assert set(re.findall(r"\.Annotations\.(\w+)", discord["message"])) == {"summary", "description", "runbook"}
    assert discord["sendResolved"] is True


def test_a_full_disk_need_not_be_said_to_be_filling_too(recording: Recording[Any]) -> None:
    full = {"alertname": "ClaimFull", "namespace": "music", "persistentvolumeclaim": "data"}
    filling = {**full, "alertname": "ClaimFilling"}
    assert inhibited(recording, filling, by=full)
    assert not inhibited(recording, full, by=filling)
    assert not inhibited(recording, {**filling, "persistentvolumeclaim": "other"}, by=full)
    assert not inhibited(recording, {**filling, "namespace": "photos"}, by=full)
    assert not inhibited(recording, {**filling, "alertname": "PodNotReady"}, by=full)


def test_of_a_node_that_is_down_its_pods_need_not_be_said(recording: Recording[Any]) -> None:
    down = {"alertname": "NodeDown", "severity": "critical", "node": "one"}
    pod = {"alertname": "PodNotReady", "namespace": "music", "severity": "warning", "node": "one"}
    assert inhibited(recording, pod, by=down)
    assert not inhibited(recording, {**pod, "node": "two"}, by=down)
    assert not inhibited(recording, down, by=down)


@pytest.mark.parametrize("quieted", QUIETED, ids=lambda quieted: quieted.by)
def test_an_alert_that_does_not_say_what_it_is_about_is_always_said(
    recording: Recording[Any], quieted: Quieted
) -> None:
    for name in quieted.alerts or ["PodNotReady"]:
        assert not inhibited(recording, {"alertname": name}, by={"alertname": quieted.by})


def test_its_own_namespaces_routes_count_for_alerts_of_every_namespace(recording: Recording[Any]) -> None:
    (config,) = recording.of(":AlertmanagerConfig")
    spec = made(recording).spec
    assert config.object_name.partition("/")[0] == made(recording).object_name.partition("/")[0] == "temporis"
    assert spec["alertmanagerConfigSelector"] == {}
    assert "alertmanagerConfigNamespaceSelector" not in spec
    assert spec["alertmanagerConfigMatcherStrategy"] == {"type": "None"}
    assert waits_for(recording, made(recording), ":AlertmanagerConfig", "alertmanager-routes")


def test_two_of_them_agree_on_who_has_been_told(recording: Recording[Any]) -> None:
    assert made(recording).spec["replicas"] == 2
    mesh = {name: policy for name, policy in policies(recording).items() if "mesh" in name}
    for direction, peers in {"egress": "to", "ingress": "from"}.items():
        rules = [rule for policy in mesh.values() for rule in policy.get(direction, [])]
        assert {(int(port["port"]), port["protocol"]) for rule in rules for port in rule["ports"]} == {
            (9094, "TCP"),
            (9094, "UDP"),
        }
        assert all(item["podSelector"]["matchLabels"] == LABELS for rule in rules for item in rule[peers])
    assert recording.one(":PodDisruptionBudget", "alertmanager").spec["selector"] == {"matchLabels": LABELS}


def test_a_single_one_talks_to_the_internet_only_and_nobody_calls_it() -> None:
    recording = alertmanager({"discord": True})
    (policy,) = policies(recording).values()
    assert policy["podSelector"]["matchLabels"] == LABELS
    (rule,) = policy["egress"]
    assert [int(port["port"]) for port in rule["ports"]] == [443]
    assert "ingress" not in policy
    assert not recording.of(":PodDisruptionBudget")


def test_its_pods_satisfy_the_restricted_standard_and_have_no_token(recording: Recording[Any]) -> None:
    spec = made(recording).spec
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert recording.one(":ServiceAccount", spec["serviceAccountName"]).inputs["automountServiceAccountToken"] is False


def test_its_image_is_the_pinned_one_and_comes_through_the_mirror() -> None:
    spec = made(alertmanager(registry_mirror=MIRROR)).spec
    assert (spec["version"], spec["image"]) == (versions.ALERTMANAGER.tag, versions.ALERTMANAGER.ref(MIRROR))


def test_silences_outlive_its_pods(recording: Recording[Any]) -> None:
    claim = made(recording).spec["storage"]["volumeClaimTemplate"]["spec"]
    assert claim["storageClassName"] == "local-path-retain"


def test_it_is_called_at_the_operators_service_and_has_metrics() -> None:
    found, alertmanager_ = alertmanager().result
    assert alertmanager_.endpoint.address == "alertmanager-operated.temporis.svc:9093"
    (target,) = found.contributions.metrics.close()
    assert (target.name, target.pods, target.port) == ("alertmanager", alertmanager_.pods, "web")
