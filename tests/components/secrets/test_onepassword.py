"""1Password: the only two secrets that Pulumi writes, and who may ask for what."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from components.secrets.onepassword import OnePassword, OnePasswordArgs
from tests.support.parts import MIRROR, VAULT, chart_values, peer, policies, project, site, waits_for
from tests.support.recorder import Recording, Secret, record

CREDENTIALS = '{"verifier": "v"}'


def onepassword(given: Mapping[str, str] | None = None, **changes: Any) -> Recording[OnePassword]:
    credentials = {"connect_credentials": CREDENTIALS, "connect_token": "token", **(given or {})}
    return record(
        lambda: OnePassword(
            "onepassword", OnePasswordArgs(site=site(**changes), project=project(), vault=VAULT, **credentials)
        )
    )


@pytest.fixture(scope="module")
def recording() -> Recording[OnePassword]:
    return onepassword()


def values(recording: Recording[Any]) -> Any:
    return chart_values(recording, "onepassword")


def test_the_two_bootstrap_secrets_are_secret_to_pulumi_even_if_they_came_in_plain(recording: Recording[Any]) -> None:
    found = {item.object_name: item.inputs["stringData"] for item in recording.of("core/v1:Secret")}
    encoded = base64.b64encode(CREDENTIALS.encode()).decode()
    assert found == {
        # Connect decodes the file itself, over and above what a Secret does.
        "onepassword/op-credentials": Secret({"1password-credentials.json": encoded}),
        "onepassword/onepassword-token": Secret({"token": "token"}),
    }


def test_the_chart_finds_them_by_name_and_waits_for_them(recording: Recording[Any]) -> None:
    connect, operator = values(recording)["connect"], values(recording)["operator"]
    assert (connect["credentialsName"], connect["credentialsKey"]) == ("op-credentials", "1password-credentials.json")
    assert operator["token"] == {"name": "onepassword-token", "key": "token"}
    chart = recording.one(":Application", "onepassword")
    for name in ("onepassword-op-credentials", "onepassword-onepassword-token"):
        assert waits_for(recording, chart, "core/v1:Secret", name)


def noted(recording: Recording[Any], part: str) -> list[str]:
    """What the pods of a part of the chart carry."""
    return list(values(recording)[part]["podAnnotations"].values())


def test_pods_are_others_when_what_they_read_is_another(recording: Recording[Any]) -> None:
    """The operator restarts nobody for these two, itself least of all."""
    changed = {
        "connect": onepassword({"connect_credentials": '{"verifier": "w"}'}),
        "operator": onepassword({"connect_token": "other"}),
    }
    for part, other in changed.items():
        assert {name for name in changed if noted(other, name) != noted(recording, name)} == {part}
    assert "token" not in noted(recording, "operator")


def test_the_operator_looks_for_changes_each_minute_and_restarts_what_reads_them(recording: Recording[Any]) -> None:
    operator = values(recording)["operator"]
    assert operator["create"] is True
    assert operator["autoRestart"] is True
    assert operator["pollingInterval"] == 60


def test_connect_is_reached_by_the_operator_only(recording: Recording[Any]) -> None:
    assert values(recording)["connect"]["serviceType"] == "ClusterIP"
    ingress = {name: spec for name, spec in policies(recording).items() if "ingress" in spec}
    caller = peer("onepassword", {"name": "onepassword-connect"})
    assert list(ingress) == ["onepassword/onepassword-to-connect-ingress"]
    (spec,) = ingress.values()
    assert spec["podSelector"] == {"matchLabels": {"app": "onepassword-connect"}}
    assert spec["ingress"] == [{"from": [caller], "ports": [{"port": 8080, "protocol": "TCP"}]}]


def test_connect_calls_1password_and_the_operator_connect_and_the_api_server(recording: Recording[Any]) -> None:
    connect, operator = {"app": "onepassword-connect"}, {"name": "onepassword-connect"}
    leaving = {
        name.partition("/")[2]: (
            spec["podSelector"]["matchLabels"],
            [port["port"] for rule in spec["egress"] for port in rule["ports"]],
        )
        for name, spec in policies(recording).items()
        if "egress" in spec
    }
    assert leaving == {
        "onepassword-to-1password-egress": (connect, [443]),
        "onepassword-to-api-server-egress": (operator, [6443]),
        "onepassword-to-connect-egress": (operator, [8080]),
    }


def test_the_charts_tests_are_switched_off(recording: Recording[Any]) -> None:
    assert values(recording)["acceptanceTests"] == {"enabled": False, "healthCheck": {"enabled": False}}


def test_items_come_after_the_operator(recording: Recording[OnePassword]) -> None:
    assert recording.result.store.vault == VAULT
    assert values(recording)["operator"]["create"] is True


def test_all_three_images_come_from_the_mirror() -> None:
    found = values(onepassword(registry_mirror=MIRROR))
    images = [
        found["connect"]["api"]["imageRepository"],
        found["connect"]["sync"]["imageRepository"],
        found["operator"]["imageRepository"],
    ]
    hub = f"{MIRROR}/docker.io/1password"
    assert images == [f"{hub}/connect-api", f"{hub}/connect-sync", f"{hub}/onepassword-operator"]
