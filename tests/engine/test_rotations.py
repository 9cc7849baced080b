"""Whatever secret gets another value, no pod goes on with the old one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from drills.chaos.following import left_behind
from tests.support import runbooks
from tests.support.world import World

BUCKET: Final = "metrics-"
"""Begins the names of what has a runbook of its own."""
RUNBOOK: Final = ("docs/runbooks/rotate-database-password.md", "## The keys of the bucket of metrics")


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    world.up()
    return world


def generated(world: World) -> list[str]:
    """What 1Password has made up and may make up anew, by its name in the program."""
    resources: list[dict[str, Any]] = world.engine.state()["deployment"]["resources"]
    return [
        item["urn"].rpartition("::")[2]
        for item in resources
        if item["type"].endswith(":Item") and "passwordRecipe" in item["inputs"] and not item.get("protect")
    ]


def test_whatever_is_generated_anew_reaches_every_pod(platform: World) -> None:
    anew = [name for name in generated(platform) if not name.startswith(BUCKET)]
    assert anew
    platform.up(*(word for name in anew for word in ("--replace", f"**::{name}")))
    assert left_behind(platform.cluster) == ()
    assert platform.broken() == []


def test_the_keys_of_the_bucket_of_metrics_reach_prometheus_by_the_runbook(platform: World, tmp_path: Path) -> None:
    replace, look, restart = runbooks.commands(*RUNBOOK)
    runbooks.run(platform, replace, home=tmp_path)
    assert left_behind(platform.cluster, but="prometheus") == ()
    assert "thanos-store" in runbooks.run(platform, look, home=tmp_path)
    runbooks.run(platform, restart, home=tmp_path)
    assert left_behind(platform.cluster) == ()
    platform.up("--expect-no-changes")


def test_what_connect_and_its_operator_have_from_the_stack_file_is_what_they_run_with(platform: World) -> None:
    given = {"onepasswordConnectCredentials": '{"verifier": "new"}', "onepasswordConnectToken": "another-token"}
    for key, value in given.items():
        platform.engine.read("config", "set", "--secret", f"homelab:{key}", value)
    with platform.account("onepassword").edit() as data:
        data["tokens"]["connect"] = [given["onepasswordConnectToken"]]
    platform.up()
    assert left_behind(platform.cluster) == ()
    # Of a new item the operator makes a Secret only if Connect takes its token.
    platform.up("--replace", f"**::{generated(platform)[0]}")
    assert left_behind(platform.cluster) == ()
    assert platform.broken() == []
    assert not any(value in str(platform.cluster.list("v1", "Pod")) for value in given.values())
