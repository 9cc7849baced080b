"""Monitoring in a running home: off, on again, its tokens made anew, gone and back."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from components.vocabulary import MONITORED
from tests.support import runbooks
from tests.support.world import World, needed

NAMESPACE = "temporis"
OFF_AND_GONE, INFLUXDB = "docs/runbooks/application-off-and-gone.md", "docs/runbooks/influxdb.md"
BY_KUBERNETES = "kube-root-ca.crt"


def passwords(world: World) -> dict[str, Any]:
    """What InfluxDB's data is opened with."""
    return dict(needed(world.cluster.get("v1", "Secret", "secret-influxdb", NAMESPACE))["data"])


def tokens(world: World) -> dict[str, str]:
    """The token in each Secret that InfluxDB's Job fills; empty where there is none yet."""
    found = {item["metadata"]["name"]: item.get("data") or {} for item in world.cluster.list("v1", "Secret", NAMESPACE)}
    return {
        name: base64.b64decode(data.get("token", "")).decode()
        for name, data in found.items()
        if name.startswith("influxdb-access-")
    }


def pods(world: World, deployments: Collection[str]) -> set[str]:
    """Identities of the pods of deployments."""
    return {
        item["metadata"]["uid"]
        for item in world.cluster.list("v1", "Pod", NAMESPACE)
        if (item["metadata"].get("labels") or {}).get("app.kubernetes.io/name") in deployments
    }


def monitors(world: World) -> set[str]:
    """Names of all monitors that Prometheus looks at; charts bring others."""
    return {
        item["metadata"]["name"]
        for kind in ("ServiceMonitor", "PodMonitor", "Probe")
        for item in world.cluster.list("monitoring.coreos.com/v1", kind)
        if MONITORED in (item["metadata"].get("labels") or {})
    }


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, str]:
    """The claims of monitoring in a platform that has just come up."""
    world.up()
    found = world.kept_claims(NAMESPACE)
    assert found
    assert monitors(world)
    return found


def test_off_its_data_is_there_and_nothing_runs(world: World, before: dict[str, str]) -> None:
    opened_with = passwords(world)
    world.settle(monitoring__enabled="false")
    assert world.kept_claims(NAMESPACE) == before
    assert passwords(world) == opened_with
    assert world.cluster.list("v1", "Pod", NAMESPACE) == []
    assert world.cluster.list("monitoring.coreos.com/v1", "Prometheus") == []
    assert monitors(world) == set()
    records = world.account("cloudflare").read()["objects"]["DnsRecord"].values()
    assert not {"grafana.harvestasya.org", "influxdb2.harvestasya.org"} & {record["name"] for record in records}
    world.up("--expect-no-changes")


def test_on_again_it_finds_its_data(world: World, before: dict[str, str]) -> None:
    world.settle(monitoring__enabled="true")
    assert world.kept_claims(NAMESPACE) == before
    assert all(tokens(world).values())
    world.up("--expect-no-changes")


@pytest.mark.usefixtures("before")
def test_a_token_that_was_lost_is_made_anew_by_its_runbook(world: World, tmp_path: Path) -> None:
    known = tokens(world)
    assert known
    world.cluster.delete("v1", "Secret", "influxdb-access-bridge", NAMESPACE)
    old = pods(world, ("bridge", "grafana"))
    _listing, _deleting, *mending = runbooks.commands(INFLUXDB, "## A token is to change, or its Secret is empty")
    for command in mending:
        runbooks.run(world, command, home=tmp_path)
    assert tokens(world) == known
    end = time.monotonic() + 60
    while old & pods(world, ("bridge", "grafana")):
        assert time.monotonic() < end
        time.sleep(0.5)
    assert world.broken() == []
    world.up("--expect-no-changes")


@pytest.mark.usefixtures("before")
def test_gone_nothing_of_it_is_left_and_what_it_had_stays_on_the_disks(world: World, tmp_path: Path) -> None:
    data = needed(world.cluster.get("v1", "PersistentVolumeClaim", "influxdb-data", NAMESPACE))["spec"]["volumeName"]
    world.settle(monitoring__enabled="false", monitoring__data="removable")
    world.settle(monitoring__data="removed")
    runbooks.follow(world, OFF_AND_GONE, "## Monitoring", home=tmp_path)
    kinds = ("ConfigMap", "PersistentVolumeClaim", "Pod", "Secret", "Service")
    names = {item["metadata"]["name"] for kind in kinds for item in world.cluster.list("v1", kind, NAMESPACE)}
    assert names <= {BY_KUBERNETES}
    left = needed(world.cluster.get("v1", "PersistentVolume", data))
    assert (left["spec"]["persistentVolumeReclaimPolicy"], left["status"]["phase"]) == ("Retain", "Released")
    world.settle(monitoring__data="kept", monitoring__enabled="true")
    assert all(tokens(world).values())
    world.up("--expect-no-changes")
