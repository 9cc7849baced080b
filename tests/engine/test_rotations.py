"""Whatever secret gets another value, no pod goes on with the old one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Final

import pytest

from drills.chaos.following import old_values
from tests.support import runbooks
from tests.support.world import World

BUCKET: Final = "metrics-"
"""Begins the names of what has a runbook of its own."""
RUNBOOK: Final = ("docs/runbooks/rotate-database-password.md", "## The keys of the bucket of metrics")
SYNCED_SECONDS: Final = 45
"""How long operators may take to carry a value to pods."""


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


def stale(world: World, *, but: str = "") -> list[str]:
    """Pods that go on with an old value, once operators have had their time."""
    end = time.monotonic() + SYNCED_SECONDS
    while True:
        found = [line for line in old_values(world.cluster) if not (but and but in line)]
        if not found or time.monotonic() > end:
            return found
        time.sleep(1)


def test_whatever_is_generated_anew_reaches_every_pod(platform: World) -> None:
    anew = [name for name in generated(platform) if not name.startswith(BUCKET)]
    assert anew
    platform.up(*(word for name in anew for word in ("--replace", f"**::{name}")))
    assert stale(platform) == []
    assert platform.broken() == []


def test_the_keys_of_the_bucket_of_metrics_reach_prometheus_by_the_runbook(platform: World, tmp_path: Path) -> None:
    replace, look, restart = runbooks.commands(*RUNBOOK)
    runbooks.run(platform, replace, home=tmp_path)
    assert stale(platform, but="prometheus") == []
    assert "thanos-store" in runbooks.run(platform, look, home=tmp_path)
    runbooks.run(platform, restart, home=tmp_path)
    assert stale(platform) == []
    platform.up("--expect-no-changes")


def test_what_connect_and_its_operator_have_from_the_stack_file_is_what_they_run_with(platform: World) -> None:
    given = {"onepasswordConnectCredentials": '{"verifier": "new"}', "onepasswordConnectToken": "another-token"}
    for key, value in given.items():
        platform.engine.read("config", "set", "--secret", f"homelab:{key}", value)
    with platform.account("onepassword").edit() as data:
        data["tokens"]["connect"] = [given["onepasswordConnectToken"]]
    platform.up()
    assert stale(platform) == []
    # Of a new item the operator makes a Secret only if Connect takes its token.
    platform.up("--replace", f"**::{generated(platform)[0]}")
    assert stale(platform) == []
    assert platform.broken() == []
    assert not any(value in str(platform.cluster.list("v1", "Pod")) for value in given.values())
