"""What the simulated operator makes of an Alertmanager and of who is told what."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import references
from sandbox.controllers.prometheus_operator.operator import PrometheusOperator
from tests.sandbox.controllers.prometheus_operator.conftest import (
    alertmanager,
    conditions,
    config,
    events,
    routing,
    settle,
)
from tests.sandbox.controllers.world import SPACE, World

URL = "https://discord.example.net/api/webhooks/1/secret"
CONFIGURATION = {"alertmanagerConfigSelector": {}, "alertmanagerConfigMatcherStrategy": {"type": "None"}}


def stateful_set(world: World) -> Any:
    return world.the("StatefulSet", "alertmanager-main")


def arguments(world: World) -> list[str]:
    found: list[str] = stateful_set(world)["spec"]["template"]["spec"]["containers"][0]["args"]
    return found


@pytest.fixture
def told(operator: PrometheusOperator, world: World) -> World:
    """A world in which a channel of Discord is told of everything."""
    world.secret("urls", discord=f" {URL}\n", watchdog="https://watchdog.example.net/ping")
    world.have(config())
    alertmanager(world, **CONFIGURATION)
    settle(operator, world)
    return world


def test_its_pods_are_known_by_the_labels_that_others_select(told: World) -> None:
    labels = stateful_set(told)["spec"]["template"]["metadata"]["labels"]
    assert (labels["app.kubernetes.io/name"], labels["app.kubernetes.io/instance"]) == ("alertmanager", "main")
    assert stateful_set(told)["spec"]["selector"]["matchLabels"].items() <= labels.items()


def test_the_service_leads_to_ports_that_the_pods_have(told: World) -> None:
    containers = stateful_set(told)["spec"]["template"]["spec"]["containers"]
    declared = {
        port["name"]: (port["containerPort"], port["protocol"]) for item in containers for port in item["ports"]
    }
    ports = told.the("Service", "alertmanager-operated")["spec"]["ports"]
    assert {port["name"] for port in ports} == {"web", "tcp-mesh", "udp-mesh"}
    assert all(declared[port["targetPort"]] == (port["port"], port["protocol"]) for port in ports)


def test_everything_that_its_pods_refer_to_is_there(told: World) -> None:
    pod = stateful_set(told)["spec"]["template"]["spec"]
    for reference in references.of_pod(pod):
        assert told.the(reference.kind, reference.name)
    mounted = {mount["name"] for item in (*pod["initContainers"], *pod["containers"]) for mount in item["volumeMounts"]}
    assert mounted <= {volume["name"] for volume in pod["volumes"]}


def test_one_alone_has_no_peers_to_listen_to(operator: PrometheusOperator, world: World) -> None:
    alertmanager(world)
    settle(operator, world)
    assert "--cluster.listen-address=" in arguments(world)
    alertmanager(world, replicas=2)
    settle(operator, world)
    assert "--cluster.listen-address=[$(POD_IP)]:9094" in arguments(world)
    assert {f"--cluster.peer=alertmanager-main-{n}.alertmanager-operated:9094" for n in (0, 1)} <= set(arguments(world))


def test_without_a_configuration_nobody_is_told(operator: PrometheusOperator, world: World) -> None:
    alertmanager(world, **CONFIGURATION)
    settle(operator, world)
    assert routing(world) == {"route": {"receiver": "null"}, "receivers": [{"name": "null"}]}
    assert conditions(world, "Alertmanager")["Reconciled"] == ("True", "")


def test_without_a_selector_no_configuration_counts(operator: PrometheusOperator, world: World) -> None:
    world.secret("urls", discord=URL)
    world.have(config())
    alertmanager(world)
    settle(operator, world)
    assert routing(world)["route"] == {"receiver": "null"}


def test_a_receiver_has_the_address_that_the_secret_has(told: World) -> None:
    receivers = {item["name"]: item for item in routing(told)["receivers"]}
    assert receivers[f"{SPACE}/routes/discord"]["discord_configs"][0]["webhook_url"] == URL
    (route,) = routing(told)["route"]["routes"]
    assert (route["receiver"], route["continue"]) == (f"{SPACE}/routes/discord", True)


def test_routes_and_inhibitions_keep_what_they_match(operator: PrometheusOperator, world: World) -> None:
    world.secret("urls", discord=URL, watchdog="https://watchdog.example.net/ping")
    hook = {
        "name": "watchdog",
        "webhookConfigs": [{"urlSecret": {"name": "urls", "key": "watchdog"}, "sendResolved": False}],
    }
    (discord,) = config()["spec"]["receivers"]
    child = {
        "receiver": "watchdog",
        "matchers": [{"name": "alertname", "value": 'W"', "matchType": "="}],
        "repeatInterval": "5m",
    }
    inhibition = {
        "sourceMatch": [{"name": "severity", "value": "critical", "matchType": "="}],
        "targetMatch": [{"name": "severity", "value": "w.*", "matchType": "=~"}],
        "equal": ["namespace"],
    }
    route = {"receiver": "discord", "groupBy": ["alertname"], "groupWait": "30s", "routes": [child]}
    world.have(config(route=route, receivers=[discord, hook], inhibitRules=[inhibition]))
    alertmanager(world, **CONFIGURATION)
    settle(operator, world)
    (made,) = routing(world)["route"]["routes"]
    assert (made["group_by"], made["group_wait"]) == (["alertname"], "30s")
    (inner,) = made["routes"]
    assert (inner["matchers"], inner["repeat_interval"]) == (['alertname="W\\""'], "5m")
    (rule,) = routing(world)["inhibit_rules"]
    assert (rule["source_matchers"], rule["target_matchers"]) == (['severity="critical"'], ['severity=~"w.*"'])
    webhook = routing(world)["receivers"][-1]["webhook_configs"][0]
    assert webhook == {"url": "https://watchdog.example.net/ping", "send_resolved": False}


@pytest.mark.parametrize(
    ("strategy", "enclosed"),
    [(None, True), ("OnNamespace", True), ("None", False), ("OnNamespaceExceptForAlertmanagerNamespace", False)],
)
def test_routes_are_for_alerts_of_their_namespace_unless_told_otherwise(
    operator: PrometheusOperator, world: World, strategy: str | None, *, enclosed: bool
) -> None:
    world.secret("urls", discord=URL)
    world.have(config())
    matching = {"alertmanagerConfigMatcherStrategy": {"type": strategy}} if strategy else {}
    alertmanager(world, alertmanagerConfigSelector={}, **matching)
    settle(operator, world)
    (route,) = routing(world)["route"]["routes"]
    assert (f'namespace="{SPACE}"' in route.get("matchers", [])) is enclosed


RECEIVER = config()["spec"]["receivers"][0]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"route": {"receiver": "pager"}}, 'receiver "pager" not found'),
        ({"route": {}}, "root route must define a receiver"),
        ({"route": {"receiver": "discord", "routes": [{"receiver": "pager"}]}}, 'route[0]: receiver "pager" not found'),
        ({"route": {"receiver": "discord", "groupWait": "soon"}}, "groupWait soon does not match required regex"),
        ({"route": {"receiver": "discord", "groupBy": ["a", "a"]}}, "duplicate values not permitted"),
        (
            {"route": {"receiver": "discord", "matchers": [{"name": "a", "value": "(", "matchType": "=~"}]}},
            "matcher[0]: ",
        ),
        ({"receivers": [RECEIVER, RECEIVER]}, '"discord" receiver is not unique'),
        ({"receivers": [{"name": "discord", "slackConfigs": [{}]}]}, "slackConfigs: the sandbox's operator knows"),
        ({"receivers": [{"name": "discord", "webhookConfigs": [{}]}]}, "one of 'url' or 'urlSecret' must be"),
        ({"muteTimeIntervals": [{"name": "night"}]}, "muteTimeIntervals: not known"),
    ],
)
def test_what_cannot_be_used_is_passed_over_with_a_word(
    operator: PrometheusOperator, world: World, spec: dict[str, Any], problem: str
) -> None:
    world.secret("urls", discord=URL)
    whole = config()
    world.have({**whole, "spec": {**whole["spec"], **spec}})
    alertmanager(world, **CONFIGURATION)
    settle(operator, world)
    assert problem in events(world)["AlertmanagerConfig routes"]
    assert routing(world)["route"] == {"receiver": "null"}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, 'key "discord" in secret "urls" not found'),
        ({"discord": "discord.example.net"}, "unsupported scheme for URL"),
        ({"discord": "https://"}, "missing host for URL"),
    ],
)
def test_an_address_that_is_none_is_said_without_being_repeated(
    operator: PrometheusOperator, world: World, data: dict[str, str], problem: str
) -> None:
    world.secret("urls", **data)
    world.have(config())
    alertmanager(world, **CONFIGURATION)
    settle(operator, world)
    said = events(world)["AlertmanagerConfig routes"]
    assert problem in said
    assert not any(value in said for value in data.values())


def test_a_secret_that_comes_later_is_heard_of(operator: PrometheusOperator, world: World) -> None:
    world.have(config())
    alertmanager(world, **CONFIGURATION)
    settle(operator, world)
    assert 'unable to get secret "urls"' in events(world)["AlertmanagerConfig routes"]
    while operator.queue.take(0.5):
        pass
    world.secret("urls", discord=URL)
    assert operator.queue.take(2) == f"Alertmanager/{SPACE}/main"


def test_a_base_may_come_from_an_object_and_is_for_every_namespace(operator: PrometheusOperator, world: World) -> None:
    world.secret("urls", discord=URL)
    world.have(config("base"))
    alertmanager(world, alertmanagerConfiguration={"name": "base"})
    settle(operator, world)
    assert routing(world)["route"] == {"receiver": f"{SPACE}/base/discord"}
    alertmanager(world, alertmanagerConfiguration={"name": "gone"})
    settle(operator, world)
    status, message = conditions(world, "Alertmanager")["Reconciled"]
    assert (status, message.split(":")[0]) == ("False", "failed to get global AlertmanagerConfig")


def test_a_base_may_come_from_a_secret(operator: PrometheusOperator, world: World) -> None:
    world.secret("alertmanager-main", **{"alertmanager.yaml": "route: {receiver: a}\nreceivers: [{name: a}]\n"})
    alertmanager(world)
    settle(operator, world)
    assert routing(world)["route"] == {"receiver": "a"}
    world.secret("alertmanager-main", **{"alertmanager.yaml": "receivers: []\n"})
    settle(operator, world)
    assert conditions(world, "Alertmanager")["Reconciled"][0] == "False"
