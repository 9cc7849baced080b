"""Backups, and the schedules that ask for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.operator import CloudNativePg
from sandbox.rollouts import condition
from tests.sandbox.controllers.cnpg.conftest import archive, cluster, plugin, settle
from tests.sandbox.controllers.world import World, thing

BY_PLUGIN = {"method": "plugin", "pluginConfiguration": {"name": names.PLUGIN}, "cluster": {"name": "db"}}


def backup(**spec: Any) -> dict[str, Any]:
    return thing("Backup", "one", version=names.VERSION, spec={**BY_PLUGIN, **spec})


def schedule(**spec: Any) -> dict[str, Any]:
    given = {"schedule": "0 30 3 * * *", "immediate": True, **BY_PLUGIN, **spec}
    return thing("ScheduledBackup", "nightly", version=names.VERSION, spec=given)


def test_a_backup_is_completed_and_the_store_knows_how_far_one_may_go_back(
    operator: CloudNativePg, world: World
) -> None:
    archive(world)
    world.have(cluster(plugins=[plugin("first")]))
    world.have(backup())
    settle(operator, world)
    found = world.the("Backup", "one")["status"]
    assert (found["phase"], found["instanceID"]) == ("completed", {"podName": "db-1"})
    assert found["startedAt"] <= found["stoppedAt"]
    window = world.the("ObjectStore", "db-archive")["status"]["serverRecoveryWindow"]["first"]
    assert window["firstRecoverabilityPoint"] == window["lastSuccessfulBackupTime"] == found["stoppedAt"]
    assert condition(world.the("Cluster", "db"), "LastBackupSucceeded")["status"] == "True"
    assert condition(world.the("Cluster", "db"), "Ready")["status"] == "True"


def test_a_backup_waits_for_its_cluster(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(backup())
    settle(operator, world)
    assert "status" not in world.the("Backup", "one")
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    assert world.the("Backup", "one")["status"]["phase"] == "completed"


@pytest.mark.parametrize(
    ("given", "plugins", "error"),
    [
        ({}, [], "cannot proceed with the backup as the cluster has no plugin configured"),
        ({"method": "barmanObjectStore"}, [plugin()], "the cluster has no backup section"),
        ({"pluginConfiguration": {"name": "x"}}, [plugin()], "requested plugin is not available: x"),
    ],
)
def test_a_backup_that_cannot_be_made_fails_with_the_reason(
    given: dict[str, Any], plugins: list[Any], error: str, operator: CloudNativePg, world: World
) -> None:
    archive(world)
    world.have(cluster(plugins=plugins))
    world.have(backup(**given))
    settle(operator, world)
    found = world.the("Backup", "one")["status"]
    assert found["phase"] == "failed"
    assert error in found["error"]


def test_a_backup_fails_without_credentials_and_has_one_try(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(cluster(plugins=[plugin()]))
    settle(operator, world)
    world.delete("v1", "Secret", "secret-db-archive", "apps")
    world.have(backup())
    settle(operator, world)
    assert 'secrets "secret-db-archive" not found' in world.the("Backup", "one")["status"]["error"]
    assert condition(world.the("Cluster", "db"), "LastBackupSucceeded")["status"] == "False"
    assert "lastFailedBackupTime" in world.the("ObjectStore", "db-archive")["status"]["serverRecoveryWindow"]["db"]
    archive(world)
    settle(operator, world)
    assert world.the("Backup", "one")["status"]["phase"] == "failed"


def test_a_schedule_asks_at_once_and_says_when_it_asks_again(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(cluster(plugins=[plugin()]))
    world.have(schedule(backupOwnerReference="cluster"))
    settle(operator, world)
    (name,) = world.named("Backup")
    made = world.the("Backup", name)
    assert name.startswith("nightly-")
    assert made["spec"] == BY_PLUGIN
    assert made["metadata"]["labels"]["cnpg.io/scheduled-backup"] == "nightly"
    assert made["metadata"]["ownerReferences"][0]["name"] == "db"
    assert made["status"]["phase"] == "completed"
    found = world.the("ScheduledBackup", "nightly")["status"]
    following = datetime.fromisoformat(found["nextScheduleTime"])
    assert (following.hour, following.minute) == (3, 30)
    assert found["lastScheduleTime"] < found["nextScheduleTime"]


def test_a_schedule_asks_when_the_time_has_come_and_not_while_it_is_suspended(
    operator: CloudNativePg, world: World
) -> None:
    archive(world)
    world.have(cluster(plugins=[plugin()]))
    world.have(schedule(immediate=False))
    settle(operator, world)
    assert world.named("Backup") == []
    before = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    suspended = schedule(immediate=False, suspend=True)
    world.have({**suspended, "status": {"lastCheckTime": before}})
    settle(operator, world)
    assert world.named("Backup") == []
    world.have({**schedule(immediate=False, suspend=False), "status": {"lastCheckTime": before}})
    settle(operator, world)
    assert len(world.named("Backup")) == 1


def test_what_is_no_schedule_asks_for_nothing(operator: CloudNativePg, world: World) -> None:
    world.have(schedule(schedule="at noon"))
    settle(operator, world)
    assert world.named("Backup") == []
