"""The shared cluster: a user and a database for each tenant, and nothing of another's."""

from __future__ import annotations

from typing import Any

import pytest

from components.databases import SharedDatabaseError
from components.kit import SecretKey
from tests.support.databases import Built, databases
from tests.support.parts import waits_for
from tests.support.recorder import Recording, Secret

REQUEST = {"name": "notes", "shared": True}
TENANTS = ("notes", "recipes")


@pytest.fixture(scope="module")
def shared() -> Recording[Built]:
    return databases(REQUEST, tenants=TENANTS)


def test_it_is_there_only_if_somebody_has_a_database_in_it(build: Any) -> None:
    assert build({"name": "notes"}).of(":SharedCluster") == []


def test_every_tenant_is_a_user_whose_password_is_an_item_of_the_vault(shared: Recording[Any]) -> None:
    roles = shared.one("v1:Cluster", "shared-db").spec["managed"]["roles"]
    assert roles == [
        {
            "name": tenant,
            "ensure": "present",
            "login": True,
            "passwordSecret": {"name": f"secret-shared-db-{tenant}"},
        }
        for tenant in TENANTS
    ]
    sections = shared.one(":Item", "shared-db-notes").inputs["sections"]
    assert isinstance(sections, Secret)
    assert {field["label"]: field["value"] for field in sections.value[0]["fields"]} == {
        "username": "notes",
        "password": "generated-shared-db-notes-password",
    }


def test_the_operator_hears_of_a_password_that_changes(shared: Recording[Any]) -> None:
    item = shared.one(":OnePasswordItem", "shared-db-notes")
    assert item.inputs["metadata"]["labels"] == {"cnpg.io/reload": "true"}
    assert item.inputs["metadata"]["namespace"] == "databases"
    assert waits_for(shared, shared.one("v1:Cluster", "shared-db"), ":OnePasswordItem", "shared-db-notes")


def test_no_user_gets_into_the_database_of_another(shared: Recording[Any]) -> None:
    rules = shared.one("v1:Cluster", "shared-db").spec["postgresql"]["pg_hba"]
    assert rules == ["host sameuser all all scram-sha-256", "host all all all reject"]


def test_a_tenant_has_a_database_that_outlives_the_object(shared: Recording[Any]) -> None:
    database = shared.one("v1:Database", "notes-db")
    assert database.object_name == "databases/shared-db-notes"
    assert database.spec == {
        "cluster": {"name": "shared-db"},
        "name": "notes",
        "owner": "notes",
        "databaseReclaimPolicy": "retain",
    }


def test_it_knows_it_by_the_same_words_as_one_of_its_own(shared: Recording[Built]) -> None:
    (database,) = shared.result.databases
    password = database.value("password")
    assert isinstance(password, SecretKey)
    assert (password.secret, password.key) == ("secret-notes-db", "password")
    assert shared.one(":OnePasswordItem", "notes-db").inputs["metadata"]["namespace"] == "notes"
    assert database.value("host") == "shared-db-rw.databases.svc"
    assert (database.value("port"), database.value("dbname")) == ("5432", "notes")


def test_another_cluster_that_serves_has_databases_of_its_own() -> None:
    moment = "2026-11-20T03:15:00Z"
    settings = {"shared": {"restores": {moment: {}}, "serving": moment}}
    recording = databases(REQUEST, tenants=TENANTS, settings=settings)
    database = recording.one("v1:Database", "notes-db")
    assert database.object_name == "databases/shared-db-20261120031500-notes"
    assert recording.result.databases[0].endpoint.service == "shared-db-20261120031500-rw"
    roles = [item.spec["managed"]["roles"] for item in recording.of("cnpg.io/v1:Cluster")]
    assert roles[0] == roles[1]


@pytest.mark.parametrize(("key", "value"), [("preload", ["vectors.so"]), ("after_init", ["SELECT 1;"])])
def test_what_a_shared_cluster_cannot_have_is_refused_by_the_key_that_says_shared(key: str, value: Any) -> None:
    with pytest.raises(SharedDatabaseError) as refused:
        databases({**REQUEST, key: value}, tenants=TENANTS)
    assert str(refused.value) == (
        f"homelab:apps.notes.database.where: expected own, since it needs PostgreSQL with {key} of its own; "
        "got 'shared'"
    )


def test_who_is_no_tenant_is_refused() -> None:
    with pytest.raises(LookupError, match="'notes' is to be shared: expected it among the tenants"):
        databases(REQUEST)


@pytest.mark.parametrize(("said", "protected"), [({}, True), ({"data": "removable"}, False)])
def test_it_is_protected_until_the_stack_file_says_that_it_may_go(said: dict[str, str], protected: bool) -> None:
    recording = databases(REQUEST, tenants=TENANTS, settings={"shared": said})
    cluster = recording.one("v1:Cluster", "shared-db")
    namespace = recording.one("v1:Namespace", "databases")
    assert {cluster.protect, namespace.protect} == {protected}
