"""Clusters that are recovered from the archive of another one."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.operator import CloudNativePg
from sandbox.controllers.objects import decoded
from sandbox.rollouts import condition
from tests.sandbox.controllers.cnpg.conftest import archive, cluster, plugin, settle
from tests.sandbox.controllers.world import World

FIRST = "2026-01-02T03:04:05Z"


def restored(server: str = "db-new", store: str = "db-archive", **target: str) -> dict[str, Any]:
    source = {"name": "source", "plugin": {"name": names.PLUGIN, "parameters": plugin("db", store)["parameters"]}}
    recovery = {"source": "source", "database": "app", "owner": "me", "recoveryTarget": target}
    return cluster("db-new", plugins=[plugin(server)], externalClusters=[source], bootstrap={"recovery": recovery})


def reason(world: World) -> str:
    return str(world.the("Cluster", "db-new")["status"].get("phaseReason", ""))


def test_a_restored_cluster_becomes_ready_with_a_secret_of_its_own(operator: CloudNativePg, world: World) -> None:
    archive(world)
    world.have(restored(targetTime="2026-01-02 03:04:06+00"))
    settle(operator, world)
    assert condition(world.the("Cluster", "db-new"), "Ready")["status"] == "True"
    secret = world.the("Secret", "db-new-app")
    assert (decoded(secret, "host"), decoded(secret, "username")) == ("db-new-rw", "me")


def test_without_names_the_secret_is_one_of_a_database_called_app(operator: CloudNativePg, world: World) -> None:
    archive(world)
    wanted = restored()
    for key in ("database", "owner"):
        del wanted["spec"]["bootstrap"]["recovery"][key]
    world.have(wanted)
    settle(operator, world)
    secret = world.the("Secret", "db-new-app")
    assert (decoded(secret, "dbname"), decoded(secret, "username")) == ("app", "app")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"server": "db"}, "Expected empty archive"),
        ({"store": "gone"}, "barman object configuration not found, requeuing: gone"),
        ({"targetTime": "2026-01-02T03:04:04Z"}, "no target backup found"),
        ({"targetTime": "2999-01-02T03:04:04Z"}, "recovery ended before configured recovery target was reached"),
    ],
)
def test_a_recovery_that_cannot_be_done_says_why(
    given: dict[str, str], said: str, operator: CloudNativePg, world: World
) -> None:
    archive(world)
    window = {"db": {"firstRecoverabilityPoint": FIRST}}
    world.have({**world.the("ObjectStore", "db-archive"), "status": {"serverRecoveryWindow": window}})
    world.have(restored(**given))
    settle(operator, world)
    assert said in reason(world)
    assert "db-new-1" not in world.named("Pod")


def test_two_stores_with_one_place_are_one_archive(operator: CloudNativePg, world: World) -> None:
    archive(world)
    archive(world, "db-again")
    world.have(restored(server="db", store="db-again"))
    settle(operator, world)
    assert "Expected empty archive" in reason(world)
    archive(world, "db-again", destinationPath="s3://elsewhere/")
    settle(operator, world)
    assert reason(world) == ""
