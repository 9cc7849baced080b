"""A database and its archive are found by what the live objects refer to; what is not there is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drills.databases import found
from drills.errors import DrillError
from tests.support.live_objects import LiveObjects

OBJECTS = Path(__file__).parent / "objects.yaml"


@pytest.fixture
def live() -> LiveObjects:
    return LiveObjects.of(OBJECTS)


def of(live: LiveObjects, kind: str) -> Any:
    return next(obj for obj in live.objects if obj["kind"] == kind)


def test_it_is_followed_from_the_cluster_to_the_gateway(live: LiveObjects) -> None:
    database = found.find(live)
    assert (database.namespace, database.name, database.server, database.bucket) == (
        "n8n",
        "n8n-db",
        "n8n-db",
        "n8n-db",
    )
    assert database.gateway["metadata"]["name"] == "n8n-archive"
    assert database.credentials == {
        "AWS_ACCESS_KEY_ID": "an-access-key",
        "AWS_SECRET_ACCESS_KEY": "a-secret-key-of-the-test",
    }
    assert "a-secret-key-of-the-test" not in repr(database)


def test_a_cluster_that_was_restored_or_archives_nothing_is_passed_over(live: LiveObjects) -> None:
    of(live, "Cluster")["spec"]["bootstrap"] = {"recovery": {"source": "n8n-db"}}
    with pytest.raises(DrillError, match="no Cluster that archives"):
        found.find(live)


def test_without_a_preferred_one_any_will_do(live: LiveObjects) -> None:
    of(live, "Cluster")["metadata"]["name"] = "another-db"
    assert found.find(live).name == "another-db"


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("ObjectStore", "ObjectStore n8n/n8n-archive: not found"),
        ("Service", "Service n8n/n8n-archive: not found"),
        ("Deployment", "Service n8n/n8n-archive: leads to no Deployment or StatefulSet"),
        ("Secret", "Secret n8n/secret-n8n-archive: no key access-key"),
    ],
)
def test_what_is_missing_is_named(live: LiveObjects, kind: str, named: str) -> None:
    live.objects.remove(of(live, kind))
    with pytest.raises(DrillError, match=named):
        found.find(live)


def test_a_key_that_the_secret_lacks_is_named(live: LiveObjects) -> None:
    del of(live, "Secret")["data"]["secret-key"]
    with pytest.raises(DrillError, match="no key secret-key"):
        found.find(live)
