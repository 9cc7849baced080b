"""The Remo exporter never asks more often than Nature's cloud permits."""

from __future__ import annotations

from typing import Any

import pytest

from components.kit import Foundation
from components.monitoring.remo import RemoExporter, RemoExporterArgs
from tests.support.parts import VAULT, base, container, namespace, policies, waits_for
from tests.support.recorder import Recording, record

ITEM = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(scope="module")
def recording() -> Recording[Foundation]:
    def program() -> Foundation:
        found = base()
        RemoExporter("remo-exporter", RemoExporterArgs(base=found, namespace=namespace("temporis"), item=ITEM))
        return found

    return record(program)


def environment(recording: Recording[Any]) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container(recording, "remo-exporter")["env"]}


def test_the_token_comes_from_the_persons_item_and_is_a_file_of_its_own(recording: Recording[Any]) -> None:
    item = recording.one(":OnePasswordItem", "remo-exporter")
    assert item.spec == {"itemPath": f"vaults/{VAULT}/items/{ITEM}"}
    pod = recording.one(":Deployment", "remo-exporter").spec["template"]["spec"]
    (volume,) = pod["volumes"]
    assert volume["secret"]["secretName"] == "secret-remo-exporter"
    assert volume["secret"]["items"] == [{"key": "token", "path": "token"}]
    (mount,) = container(recording, "remo-exporter")["volumeMounts"]
    assert mount["readOnly"] is True
    assert environment(recording)["OAUTH_TOKEN_FILE"] == f"{mount['mountPath']}/token"
    assert waits_for(recording, recording.one(":Deployment", "remo-exporter"), ":OnePasswordItem", "remo-exporter")


def test_the_secret_is_handed_in_for_the_outputs(recording: Recording[Foundation]) -> None:
    assert [item.name for item in recording.result.contributions.secrets.close()] == ["secret-remo-exporter"]


def test_no_two_of_it_ask_at_once_and_none_more_often_than_once_a_minute(recording: Recording[Foundation]) -> None:
    spec = recording.one(":Deployment", "remo-exporter").spec
    assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
    (target,) = recording.result.contributions.metrics.close()
    assert target.interval == 60
    assert int(environment(recording)["CACHE_INVALIDATION_SECONDS"]) == target.interval
    assert target.port in [port["containerPort"] for port in container(recording, "remo-exporter")["ports"]]


def test_it_may_call_the_internet_by_https_and_nothing_else(recording: Recording[Any]) -> None:
    (found,) = policies(recording).values()
    assert found["policyTypes"] == ["Egress"]
    (rule,) = found["egress"]
    assert [port["port"] for port in rule["ports"]] == [443]
    assert all(peer["ipBlock"]["except"] for peer in rule["to"])
