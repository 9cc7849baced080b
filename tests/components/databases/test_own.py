"""A database of one's own: what its users know of it, and what a restore makes beside it."""

from __future__ import annotations

from typing import Any

import pytest

from components.kit import SecretKey
from tests.support.databases import Built
from tests.support.recorder import Recording

MOMENT, LATER = "2026-11-20T03:15:00Z", "2026-11-24T18:00:30Z"
RESTORED, AGAIN = "notes-db-20261120031500", "notes-db-20261124180030"


def clusters(recording: Recording[Any]) -> dict[str, Any]:
    return {item.name: item for item in recording.of("cnpg.io/v1:Cluster")}


def test_its_users_know_it_by_keys_of_the_operators_secret(recording: Recording[Built]) -> None:
    (database,) = recording.result.databases
    assert database.endpoint.address == "notes-db-rw.notes.svc:5432"
    for key in ("host", "port", "dbname", "username", "password", "uri", "fqdn-jdbc-uri"):
        value = database.value(key)
        assert isinstance(value, SecretKey)
        assert (value.secret, value.key) == ("notes-db-app", key)


def test_a_key_that_it_has_not_is_refused_when_the_program_is_written(recording: Recording[Built]) -> None:
    with pytest.raises(KeyError, match="database 'notes-db' has no key 'hostname'; it has: dbname, "):
        recording.result.databases[0].value("hostname")


def test_a_restored_cluster_stands_beside_the_original_under_a_name_of_its_own(build: Any) -> None:
    recording = build({"name": "notes", "settings": {"restores": {MOMENT: {}}}})
    assert set(clusters(recording)) == {"notes-db", RESTORED}
    spec = clusters(recording)[RESTORED].spec
    assert spec["bootstrap"] == {
        "recovery": {
            "source": "notes-db",
            "database": "notes",
            "owner": "notes",
            "recoveryTarget": {"targetTime": MOMENT},
        }
    }
    assert [item["plugin"]["parameters"] for item in spec["externalClusters"]] == [
        {"barmanObjectName": "notes-archive", "serverName": "notes-db"}
    ]
    assert spec["plugins"][0]["parameters"] == {"barmanObjectName": "notes-archive", "serverName": RESTORED}


def test_nobody_uses_it_until_the_stack_file_says_so(build: Any) -> None:
    recording = build({"name": "notes", "settings": {"restores": {MOMENT: {}}}})
    assert recording.result.databases[0].endpoint.service == "notes-db-rw"
    serving = build({"name": "notes", "settings": {"restores": {MOMENT: {}}, "serving": MOMENT}})
    (database,) = serving.result.databases
    assert database.endpoint.service == f"{RESTORED}-rw"
    assert database.endpoint.pods["cnpg.io/cluster"] == RESTORED
    assert database.values["password"] == SecretKey(secret=f"{RESTORED}-app", key="password", synced=database.ready)


def test_each_cluster_has_backups_of_its_own(build: Any) -> None:
    recording = build({"name": "notes", "settings": {"restores": {MOMENT: {}}}})
    assert {item.spec["cluster"]["name"] for item in recording.of(":ScheduledBackup")} == {"notes-db", RESTORED}


def test_the_original_goes_by_an_explicit_word_and_in_two_steps(build: Any) -> None:
    settings = {"restores": {MOMENT: {}}, "serving": MOMENT}
    first = clusters(build({"name": "notes", "settings": {**settings, "original": "removable"}}))
    assert (first["notes-db"].protect, first[RESTORED].protect) == (False, True)
    assert not first["notes-db"].retain_on_delete
    second = build({"name": "notes", "settings": {**settings, "original": "removed"}})
    assert set(clusters(second)) == {RESTORED}


def test_a_restored_cluster_is_a_source_in_its_turn(build: Any) -> None:
    settings = {"restores": {MOMENT: {}, LATER: {"source": MOMENT}}, "serving": LATER}
    found = clusters(build({"name": "notes", "settings": settings}))
    assert found[AGAIN].spec["bootstrap"]["recovery"]["source"] == RESTORED


@pytest.mark.parametrize(
    ("restore", "serving", "protected"), [({}, False, False), ({}, True, True), ({"data": "kept"}, False, True)]
)
def test_a_restored_cluster_is_protected_once_it_serves_or_by_a_word(
    build: Any, restore: dict[str, str], *, serving: bool, protected: bool
) -> None:
    settings = {"restores": {MOMENT: restore}, **({"serving": MOMENT} if serving else {})}
    restored = clusters(build({"name": "notes", "settings": settings}))[RESTORED]
    assert (restored.protect, restored.retain_on_delete) == (protected, protected)


def test_a_lost_cluster_comes_back_as_far_as_its_archive_goes(build: Any) -> None:
    settings = {"restores": {MOMENT: {"latest": True}}, "serving": MOMENT, "original": "removed"}
    spec = clusters(build({"name": "notes", "settings": settings}))[RESTORED].spec
    assert "recoveryTarget" not in spec["bootstrap"]["recovery"]
    assert spec["bootstrap"]["recovery"]["source"] == "notes-db"


def test_the_outputs_are_told_which_cluster_serves_and_which_are_beside_it(build: Any) -> None:
    recording = build({"name": "notes", "settings": {"restores": {MOMENT: {}}, "serving": MOMENT}})
    (row,) = recording.result.base.contributions.databases.close()
    assert (row.name, row.cluster, row.others) == ("notes", RESTORED, ["notes-db"])
    assert (row.archive, row.retention) == ("/export/backups/databases/notes", "30d")
