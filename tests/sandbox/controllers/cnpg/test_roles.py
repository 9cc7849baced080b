"""Managed roles, and the databases that they own."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.cnpg import names
from sandbox.controllers.cnpg.operator import CloudNativePg
from sandbox.controllers.cnpg.roles import FINALIZER
from tests.sandbox.controllers.cnpg.conftest import cluster, settle
from tests.sandbox.controllers.world import World, thing

ROLE = {"name": "fresh", "login": True, "passwordSecret": {"name": "fresh"}}


def database(name: str = "fresh", owner: str = "fresh", where: str = "db", **spec: Any) -> dict[str, Any]:
    wanted = {"name": "fresh", "owner": owner, "cluster": {"name": where}, **spec}
    return thing("Database", name, version=names.VERSION, spec=wanted)


def said(world: World, name: str = "fresh") -> tuple[Any, str]:
    found = world.the("Database", name).get("status") or {}
    return found.get("applied"), found.get("message", "")


def test_a_role_with_its_password_is_made_and_may_own_a_database(operator: CloudNativePg, world: World) -> None:
    world.secret("fresh", username="fresh", password="x")
    world.have(cluster(managed={"roles": [ROLE]}))
    world.have(database(extensions=[{"name": "vector"}]))
    settle(operator, world)
    managed = world.the("Cluster", "db")["status"]["managedRolesStatus"]
    assert managed["byStatus"]["reconciled"] == ["fresh"]
    assert managed["passwordStatus"]["fresh"]["resourceVersion"]
    assert said(world) == (True, "")
    assert world.the("Database", "fresh")["status"]["extensions"] == [{"name": "vector", "applied": True}]
    assert world.the("Database", "fresh")["metadata"]["finalizers"] == [FINALIZER]


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        (None, 'secrets "fresh" not found'),
        ({"password": "x"}, "username entry missing in secret fresh"),
        ({"username": "fresh"}, "password entry missing in secret fresh"),
        ({"username": "other", "password": "x"}, "wrong username 'other' in secret, expected 'fresh'"),
    ],
)
def test_a_role_whose_secret_does_not_fit_waits_and_so_does_its_database(
    secret: dict[str, str] | None, problem: str, operator: CloudNativePg, world: World
) -> None:
    if secret is not None:
        world.secret("fresh", **secret)
    world.have(cluster(managed={"roles": [ROLE]}))
    world.have(database())
    settle(operator, world)
    assert world.the("Cluster", "db")["status"]["managedRolesStatus"]["cannotReconcile"] == {"fresh": [problem]}
    assert said(world) == (
        False,
        'while creating database "fresh": ERROR: role "fresh" does not exist (SQLSTATE 42704)',
    )
    world.secret("fresh", username="fresh", password="x")
    settle(operator, world)
    assert said(world) == (True, "")


def test_a_database_without_its_cluster_says_so(operator: CloudNativePg, world: World) -> None:
    world.have(database(where="nowhere"))
    settle(operator, world)
    assert said(world) == (False, 'cluster "nowhere" not found')


def test_one_database_is_managed_by_one_object(operator: CloudNativePg, world: World) -> None:
    world.have(cluster())
    world.have(database(owner="me"))
    settle(operator, world)
    world.have(database("again", owner="me"))
    settle(operator, world)
    assert said(world) == (True, "")
    assert said(world, "again") == (False, '"fresh" is already managed by object "fresh"')


def test_a_database_is_let_go_when_it_is_deleted_and_when_its_cluster_is_gone(
    operator: CloudNativePg, world: World
) -> None:
    world.have(cluster())
    world.have(database(owner="me"))
    settle(operator, world)
    world.delete(names.VERSION, "Cluster", "db", "apps")
    operator.reconcile("Cluster/apps/db")
    assert world.the("Database", "fresh")["metadata"]["finalizers"] == []


def test_after_a_recovery_nobody_knows_which_roles_there_are(operator: CloudNativePg, world: World) -> None:
    world.have(cluster(bootstrap={"pg_basebackup": {"source": "x"}}))
    world.have(database(owner="anybody"))
    settle(operator, world)
    assert said(world) == (True, "")
