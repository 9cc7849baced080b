"""What volumes lie on moves: another NFS server, another storage class."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import runbooks
from tests.support.world import World, needed

NAMESPACE = "temporis"
VOLUMES = "docs/runbooks/volumes.md"
OTHER_CLASS = "other-disks"


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, str]:
    """The claims of monitoring in a platform that has just come up."""
    world.up()
    found = world.kept_claims(NAMESPACE)
    assert found
    return found


def test_an_nfs_server_that_moves_is_followed(world: World, before: dict[str, str], tmp_path: Path) -> None:
    disks = world.kept_claims("navidrome")["navidrome-data"]
    runbooks.follow(world, VOLUMES, "## The NFS server or the export moves", home=tmp_path, server="192.168.1.99")
    servers = {
        item["spec"]["nfs"]["server"] for item in world.cluster.list("v1", "PersistentVolume") if "nfs" in item["spec"]
    }
    assert servers == {"192.168.1.99"}
    assert world.kept_claims("navidrome")["navidrome-data"] == disks
    assert world.kept_claims(NAMESPACE)["influxdb-data"] == before["influxdb-data"]
    assert world.broken() == []
    world.up("--expect-no-changes")


def test_influxdb_changes_its_storage_class_by_its_runbook(
    world: World, before: dict[str, str], tmp_path: Path
) -> None:
    given = needed(world.cluster.get("storage.k8s.io/v1", "StorageClass", "local-path"))
    kept = {key: given[key] for key in ("apiVersion", "kind", "provisioner", "reclaimPolicy")}
    world.cluster.apply({**kept, "metadata": {"name": OTHER_CLASS}}, "somebody")
    world.settle(
        apps__filebrowser__enabled="false", apps__navidrome__enabled="false", apps__navidrome__data="removable"
    )
    world.settle(apps__navidrome__data="removed")
    opened_with = needed(world.cluster.get("v1", "Secret", "secret-influxdb", NAMESPACE))["data"]
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
    assert needed(world.cluster.get("v1", "Secret", "secret-influxdb", NAMESPACE))["data"] == opened_with
    assert world.broken() == []
    world.up("--expect-no-changes")
