"""A database as something that an application uses: asked for by its settings, read by its keys, called by its pods."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.kit import Database, DatabaseRequest, DeployedApp, DeployedAppArgs, Postgres, WebApp
from components.settings import DatabaseSettings
from components.versions import Image
from tests.support.parts import app_platform, container, database, peer, policies, waits_for
from tests.support.recorder import Recording, record

ENVIRONMENT = {"DB_HOST": "host", "DB_URI": "uri"}


def using(
    *, on: bool = True, environment: dict[str, str] | None = None, **changes: Any
) -> tuple[Recording[None], list[DatabaseRequest]]:
    """What is registered for an application with a database, and what it asked for."""
    asked: list[DatabaseRequest] = []

    def watched(request: DatabaseRequest, parent: pulumi.Resource) -> Database:
        asked.append(request)
        return database(request, parent)

    def program() -> None:
        platform = replace(app_platform(), database=watched)
        settings = DatabaseSettings.model_validate(changes.pop("settings", {}))
        use = Postgres(settings=settings, environment=environment or ENVIRONMENT, **changes)
        app = WebApp(image=Image("example/app", "1"), port=80, health_path="/", uses=[use])
        DeployedApp("app", DeployedAppArgs(title="App", app=app, platform=platform, on=on))

    return record(program), asked


@pytest.fixture(scope="module")
def recording() -> Recording[None]:
    return using()[0]


def test_the_application_reads_keys_of_its_secret_and_starts_after_it(recording: Recording[None]) -> None:
    env = {item["name"]: item["valueFrom"]["secretKeyRef"] for item in container(recording, "app")["env"]}
    assert env == {
        "DB_HOST": {"name": "app-db-app", "key": "host"},
        "DB_URI": {"name": "app-db-app", "key": "uri"},
    }
    assert waits_for(recording, recording.one(":Deployment", "app"), ":ConfigMap", "app-db")


def test_it_may_call_the_database(recording: Recording[None]) -> None:
    leaving = policies(recording)["app/app-to-database-egress"]
    assert leaving["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "app"}
    assert leaving["egress"] == [
        {"to": [peer("app", {"cnpg.io/cluster": "app-db"})], "ports": [{"port": 5432, "protocol": "TCP"}]}
    ]


def test_what_it_needs_of_postgresql_is_asked_for() -> None:
    _, (request,) = using(image=Image("example/vectors", "1"), preload=["vectors.so"], after_init=["SELECT 1;"])
    assert (request.name, request.shared) == ("app", False)
    assert (request.preload, request.after_init) == (["vectors.so"], ["SELECT 1;"])


@pytest.mark.parametrize(("where", "protected"), [("own", True), ("shared", False)])
def test_its_namespace_is_protected_if_the_data_is_there(where: str, *, protected: bool) -> None:
    recording, (request,) = using(settings={"where": where}, environment={"DB_HOST": "host"})
    assert request.shared == (where == "shared")
    assert recording.one("core/v1:Namespace", "app").protect == protected


def test_it_stays_while_the_application_is_off() -> None:
    recording, asked = using(on=False)
    assert len(asked) == 1
    assert recording.of(":Deployment") == []


def test_a_key_that_a_shared_database_has_not_is_refused() -> None:
    with pytest.raises(KeyError, match="has no key 'uri'; it has: dbname, host, password, port, username"):
        using(settings={"where": "shared"})
