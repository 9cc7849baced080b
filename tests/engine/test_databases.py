"""The life of a database by its runbooks: restored beside itself, served, the old one let go, its password changed."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from tests.support import runbooks
from tests.support.world import World

RUNBOOK = "docs/runbooks/restore-one-database.md"
PLACE = {"key": "authentik.database", "namespace": "authentik", "cluster": "authentik-db"}
CLUSTER = ("postgresql.cnpg.io/v1", "Cluster")


def follow(world: World, section: str, home: Path, **values: str) -> list[str]:
    return runbooks.follow(world, RUNBOOK, section, home=home, **PLACE, **values)


def clusters(world: World) -> dict[str, Any]:
    return {item["metadata"]["name"]: item for item in world.cluster.list(*CLUSTER, "authentik")}


def volumes(world: World) -> dict[str, str]:
    """The phase of each volume that was made for a cluster, by the claim's name."""
    found = [item for item in world.cluster.list("v1", "PersistentVolume") if "claimRef" in item["spec"]]
    names = {item["spec"]["claimRef"]["name"]: item["status"]["phase"] for item in found}
    return {name: phase for name, phase in names.items() if name.startswith("authentik-db")}


def read_by_authentik(world: World) -> str:
    """Name of the Secret that the server has its database's password from."""
    found = world.cluster.get("apps/v1", "Deployment", "authentik-server", "authentik")
    assert found is not None
    (container,) = found["spec"]["template"]["spec"]["containers"]
    (password,) = [item for item in container["env"] if item["name"] == "AUTHENTIK_POSTGRESQL__PASSWORD"]
    return str(password["valueFrom"]["secretKeyRef"]["name"])


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    world.up()
    return world


@pytest.fixture(scope="module")
def moment(platform: World) -> str:
    """A moment after the first base backup."""
    end = time.monotonic() + 120
    while not any((item.get("status") or {}).get("phase") == "completed" for item in backups(platform)):
        assert time.monotonic() < end, "no base backup within two minutes"
        time.sleep(1)
    time.sleep(1)
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def backups(world: World) -> list[Any]:
    return list(world.cluster.list("postgresql.cnpg.io/v1", "Backup", "authentik"))


@pytest.fixture(scope="module")
def restored(moment: str) -> str:
    return f"authentik-db-{''.join(filter(str.isdigit, moment))}"


def test_a_restored_cluster_is_made_beside_the_one_that_serves(
    platform: World, moment: str, restored: str, tmp_path: Path
) -> None:
    setting, updating, *_ = runbooks.commands(RUNBOOK, "## Restore beside")
    for command in (setting, updating):
        runbooks.run(platform, runbooks.filled(command, {**PLACE, "moment": moment}), home=tmp_path)
    assert set(clusters(platform)) == {"authentik-db", restored}
    assert read_by_authentik(platform) == "authentik-db-app"
    assert platform.broken() == []


def test_it_serves_once_the_stack_file_says_so(platform: World, moment: str, restored: str, tmp_path: Path) -> None:
    follow(platform, "## Use it", tmp_path, moment=moment)
    assert read_by_authentik(platform) == f"{restored}-app"
    assert set(clusters(platform)) == {"authentik-db", restored}
    assert platform.broken() == []


def test_the_old_one_does_not_go_by_one_word(platform: World) -> None:
    platform.engine.read("config", "set", "--path", "homelab:authentik.database.original", "removed")
    with pytest.raises(SandboxError, match="protect"):
        platform.preview()
    platform.engine.read("config", "rm", "--path", "homelab:authentik.database.original")
    assert platform.preview() == {}


def test_the_old_one_goes_by_two_and_leaves_its_volumes(platform: World, restored: str, tmp_path: Path) -> None:
    before = {name for name in volumes(platform) if not name.startswith(restored)}
    follow(platform, "## Let the old one go", tmp_path)
    assert set(clusters(platform)) == {restored}
    assert before
    assert {volumes(platform)[name] for name in before} == {"Released"}
    assert platform.broken() == []


def test_a_password_is_changed_without_the_program_noticing(platform: World, restored: str, tmp_path: Path) -> None:
    secret = ("v1", "Secret", f"{restored}-app", "authentik")
    before = platform.cluster.get(*secret)
    runbooks.follow(
        platform,
        "docs/runbooks/rotate-database-password.md",
        "## A cluster of one's own",
        home=tmp_path,
        namespace="authentik",
        cluster=restored,
    )
    after = platform.cluster.get(*secret)
    assert before is not None
    assert after is not None
    assert after["data"].keys() == before["data"].keys()
    assert after["data"]["password"] != before["data"]["password"]
    platform.up("--expect-no-changes")
