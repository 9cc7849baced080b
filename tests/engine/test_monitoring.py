"""Monitoring in a running home: off, on again, elsewhere, its tokens made anew, gone and back."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from components.vocabulary import MONITORED
from doctor import examination
from tests.support import runbooks
from tests.support.world import World

NAMESPACE = "temporis"
INFLUXDB, VOLUMES = "docs/runbooks/influxdb.md", "docs/runbooks/volumes.md"
OTHER_CLASS = "other-disks"


def settle(world: World, **settings: str) -> None:
    """Set keys, `__` between the parts of their paths, and update."""
    for path, value in settings.items():
        world.engine.read("config", "set", "--path", f"homelab:{path.replace('__', '.')}", value)
    world.up()
    assert broken(world) == []


def broken(world: World) -> list[Any]:
    return list(examination.run(world.sandbox.kubeconfig, None, world.engine.state()).broken)


def claims(world: World, namespace: str = NAMESPACE) -> dict[str, str]:
    """Identity of each claim of a namespace that holds data, by its name: its volume stays when it goes."""
    kept = {
        item["spec"]["claimRef"]["uid"]
        for item in world.cluster.list("v1", "PersistentVolume")
        if item["spec"].get("claimRef") and item["spec"]["persistentVolumeReclaimPolicy"] == "Retain"
    }
    found = [item["metadata"] for item in world.cluster.list("v1", "PersistentVolumeClaim", namespace)]
    return {meta["name"]: meta["uid"] for meta in found if meta["uid"] in kept}


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


def needed(found: dict[str, Any] | None) -> dict[str, Any]:
    """An object that has to be there."""
    assert found is not None
    return found


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, str]:
    """The claims of monitoring in a platform that has just come up."""
    world.up()
    found = claims(world)
    assert found
    assert monitors(world)
    return found


def test_off_its_data_is_there_and_nothing_runs(world: World, before: dict[str, str]) -> None:
    opened_with = passwords(world)
    settle(world, monitoring__enabled="false")
    assert claims(world) == before
    assert passwords(world) == opened_with
    assert world.cluster.list("v1", "Pod", NAMESPACE) == []
    assert world.cluster.list("monitoring.coreos.com/v1", "Prometheus") == []
    assert monitors(world) == set()
    records = world.account("cloudflare").read()["objects"]["DnsRecord"].values()
    assert not {"grafana.harvestasya.org", "influxdb2.harvestasya.org"} & {record["name"] for record in records}
    world.up("--expect-no-changes")


def test_on_again_it_finds_its_data(world: World, before: dict[str, str]) -> None:
    settle(world, monitoring__enabled="true")
    assert claims(world) == before
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
    assert broken(world) == []
    world.up("--expect-no-changes")


def test_an_nfs_server_that_moves_is_followed(world: World, before: dict[str, str], tmp_path: Path) -> None:
    disks = claims(world, "navidrome")["navidrome-data"]
    runbooks.follow(world, VOLUMES, "## The NFS server or the export moves", home=tmp_path, server="192.168.1.99")
    servers = {
        item["spec"]["nfs"]["server"] for item in world.cluster.list("v1", "PersistentVolume") if "nfs" in item["spec"]
    }
    assert servers == {"192.168.1.99"}
    assert claims(world, "navidrome")["navidrome-data"] == disks
    assert claims(world)["influxdb-data"] == before["influxdb-data"]
    assert broken(world) == []
    world.up("--expect-no-changes")


def test_influxdb_changes_its_storage_class_by_its_runbook(
    world: World, before: dict[str, str], tmp_path: Path
) -> None:
    given = needed(world.cluster.get("storage.k8s.io/v1", "StorageClass", "local-path"))
    kept = {key: given[key] for key in ("apiVersion", "kind", "provisioner", "reclaimPolicy")}
    world.cluster.apply({**kept, "metadata": {"name": OTHER_CLASS}}, "somebody")
    settle(
        world, apps__filebrowser__enabled="false", apps__navidrome__enabled="false", apps__navidrome__data="removable"
    )
    settle(world, apps__navidrome__data="removed")
    opened_with = passwords(world)
    setting, updating, *_ = runbooks.commands(VOLUMES, "## The storage class changes")
    section = runbooks.commands(VOLUMES, "## InfluxDB's volume, when the storage class changes")
    switching_on = section.index("pulumi config set --path homelab:monitoring.data kept")
    changing = [setting.replace("<class>", OTHER_CLASS), updating]
    for command in (*section[:switching_on], *changing, *section[switching_on:]):
        runbooks.run(world, command, home=tmp_path)
    claim = needed(world.cluster.get("v1", "PersistentVolumeClaim", "influxdb-data", NAMESPACE))
    assert claim["spec"]["storageClassName"] == f"{OTHER_CLASS}-retain"
    assert claim["metadata"]["uid"] != before["influxdb-data"]
    phases = {
        item["spec"]["claimRef"]["uid"]: item["status"]["phase"]
        for item in world.cluster.list("v1", "PersistentVolume")
        if item["spec"].get("claimRef")
    }
    assert phases[before["influxdb-data"]] == "Released"
    assert passwords(world) == opened_with
    assert broken(world) == []
    world.up("--expect-no-changes")


@pytest.mark.usefixtures("before")
def test_gone_nothing_of_it_is_left_and_what_it_had_stays_on_the_disks(world: World) -> None:
    data = needed(world.cluster.get("v1", "PersistentVolumeClaim", "influxdb-data", NAMESPACE))["spec"]["volumeName"]
    settle(world, monitoring__enabled="false", monitoring__data="removable")
    settle(world, monitoring__data="removed")
    assert world.cluster.get("v1", "Namespace", NAMESPACE) is None
    left = needed(world.cluster.get("v1", "PersistentVolume", data))
    assert (left["spec"]["persistentVolumeReclaimPolicy"], left["status"]["phase"]) == ("Retain", "Released")
    settle(world, monitoring__data="kept", monitoring__enabled="true")
    assert all(tokens(world).values())
    world.up("--expect-no-changes")
