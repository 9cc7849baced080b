"""An update that was killed, or whose answers were lost, and the way back: one command, then the update again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pytest

from recovery.errors import RecoveryError
from recovery.kinds import KINDS
from sandbox import mending
from sandbox.plugins.accounts.account import NAMES, objects
from tests.support.world import World

LIMIT_SECONDS: Final = 200
ITEM: Final = "onepassword:index/item:Item"
RECORD: Final = "kubernetes:argoproj.io/v1alpha1:Application"
ROTATED: Final = "argocd-oidc-client-secret"
ROTATED_TITLE: Final = "argocd-oidc client-secret"


def run(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run pulumi as in a shell that has sourced the sandbox's `env`."""
    return subprocess.run(
        ["sh", "-c", f'. "{world.sandbox.env}"; exec pulumi "$@"', "sh", *arguments],
        cwd=world.engine.program,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def checkpoint(world: World) -> Path:
    return world.sandbox.state / ".pulumi" / "stacks" / "homelab" / "homelab.json"


def notes(world: World, operation: str) -> list[dict[str, Any]]:
    return [note["resource"] for note in world.engine.backend.notes() if note["type"] == operation]


def kill_when(world: World, happened: Callable[[], bool], *arguments: str) -> None:
    """Update, and kill the engine at the moment at which something has happened."""
    command = ["sh", "-c", f'. "{world.sandbox.env}"; exec pulumi up --yes --skip-preview "$@"', "sh", *arguments]
    log = world.sandbox.logs / "killed.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command, cwd=world.engine.program, stdout=output, stderr=output, start_new_session=True
        ) as update,
    ):
        give_up = time.monotonic() + LIMIT_SECONDS
        try:
            while not happened():
                assert update.poll() is None, log.read_text()
                assert time.monotonic() < give_up
                time.sleep(0.01)
        finally:
            with suppress(ProcessLookupError):
                os.kill(update.pid, signal.SIGKILL)
    plugins_end(update.pid)


def plugins_end(session: int) -> None:
    """Nobody interrupts the plugins of a killed engine: they find out by themselves."""
    give_up = time.monotonic() + 10
    while left := [command for command in commands_of(session) if "sandbox.plugins" in command]:
        assert time.monotonic() < give_up, left
        time.sleep(0.1)


def commands_of(session: int) -> list[str]:
    done = subprocess.run(["ps", "-o", "args=", "-s", str(session)], capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def noted(world: World, kind: str, exists: Callable[[str], bool]) -> Callable[[], bool]:
    """Whether the engine waits for something of that kind that is there already."""
    return lambda: any(f"${kind}::" in note["urn"] and exists(name(note)) for note in notes(world, "creating"))


def name(resource: dict[str, Any]) -> str:
    return str(resource["urn"].rpartition("::")[2])


def lose(world: World, kinds: Sequence[str], *, note: bool) -> list[dict[str, Any]]:
    """Make the state as if the engine had not heard of one thing of each kind; with a note as if it had been killed.

    Which one of a kind does not matter, as long as nothing refers to it.
    """
    file = checkpoint(world)
    state = json.loads(file.read_text())
    resources = state["checkpoint"]["latest"]["resources"]
    lost = []
    for kind in kinds:
        needed = {urn for item in resources for urn in referred(item)}
        free = [item for item in resources if item["type"] == kind and item["urn"] not in needed]
        if free:
            resources.remove(free[0])
            lost.append(free[0])
    if note:
        told = [{key: value for key, value in item.items() if key not in {"id", "outputs"}} for item in lost]
        state["checkpoint"]["latest"]["pending_operations"] = [{"resource": each, "type": "creating"} for each in told]
    file.write_text(json.dumps(state))
    return lost


def referred(resource: dict[str, Any]) -> set[str]:
    by_property = [urn for urns in (resource.get("propertyDependencies") or {}).values() for urn in urns or ()]
    return {*(resource.get("dependencies") or ()), *by_property, resource.get("parent") or ""}


def doubles(world: World) -> list[tuple[Any, ...]]:
    """Things of the accounts that cannot be told from another one there."""
    found: Counter[tuple[Any, ...]] = Counter()
    for account in NAMES:
        data = world.account(account).read()
        for token, kind in KINDS.items():
            if token.startswith(account):
                short = token.rpartition(":")[2]
                held = [item for item in objects(data, short).values() if not item.get("deletedAt")]
                found.update((short, *(item.get(key) for key in kind.key)) for item in held)
    return [key for key, times in found.items() if times > 1]


def ids(world: World) -> dict[str, str]:
    return {
        item["urn"]: item["id"]
        for item in world.engine.backend.latest()["resources"]
        if item.get("id") and not item.get("delete")
    }


def brought_back(world: World, *, adopt: bool = False) -> dict[str, str]:
    """Recover; the outcome for each resource."""
    report = mending.recover(world.engine, adopt=adopt)
    assert not report.trouble
    assert not world.engine.backend.notes()
    return {found.what: found.outcome for found in report.found}


def test_a_killed_update_leaves_a_lock_and_a_release_that_is_not_there_yet(world: World) -> None:
    def record(release: str) -> bool:
        return world.cluster.get("v1", "ConfigMap", f"sh.helm.release.sandbox.{release}", release) is not None

    kill_when(world, noted(world, "kubernetes:helm.sh/v3:Release", record))
    locked = run(world, "up", "--yes", "--skip-preview")
    assert "the stack is currently locked" in locked.stdout + locked.stderr
    assert "Release argocd" in brought_back(world)


def test_objects_whose_answer_was_lost_are_taken_over(world: World) -> None:
    def exists(application: str) -> bool:
        return world.cluster.get("argoproj.io/v1alpha1", "Application", application, "argocd") is not None

    kill_when(world, noted(world, RECORD, exists))
    outcomes = brought_back(world)
    assert "taken over" in {outcome for what, outcome in outcomes.items() if what.startswith("Application ")}, outcomes
    world.up()
    assert world.preview() == {}
    assert doubles(world) == []


def test_what_accounts_have_made_is_taken_over_under_the_id_that_it_has(world: World) -> None:
    before = ids(world)
    lost = lose(world, list(KINDS), note=True)
    assert {item["type"].partition(":")[0] for item in lost} == set(NAMES)
    assert set(brought_back(world).values()) == {"taken over"}
    assert ids(world) == before
    assert world.preview() == {}


def test_an_item_without_a_note_is_not_made_a_second_time(world: World) -> None:
    before = ids(world)
    (item,) = lose(world, [ITEM], note=False)
    refused = run(world, "up", "--yes", "--skip-preview", "--suppress-outputs")
    assert refused.returncode != 0
    lines = [line for line in refused.stdout.splitlines() if "which the state does not know" in line]
    assert item["inputs"]["title"] in lines[0]
    assert "make recover ADOPT=1" in lines[0]
    report = mending.recover(world.engine)
    assert [found.what for found in report.waiting] == [f"Item {name(item)}"]
    assert item["urn"] not in ids(world)
    assert brought_back(world, adopt=True) == {f"Item {name(item)}": "taken over"}
    assert ids(world) == before
    assert world.preview() == {}


def test_a_rotation_that_was_killed_ends_with_one_item(world: World) -> None:
    def values() -> list[str]:
        items = world.account("onepassword").read()["items"].values()
        found = [item for item in items if item["title"] == ROTATED_TITLE]
        return [field["value"] for item in found for field in item["fields"] if field["label"] == "password"]

    old = values()
    kill_when(world, lambda: len(values()) == 2, "--replace", f"**::{ROTATED}")
    brought_back(world)
    world.up()
    assert len(values()) == 1
    assert values() != old
    clients = world.account("authentik").read()["objects"]["ProviderOauth2"].values()
    assert [client["clientSecret"] for client in clients if client["name"] == "argocd"] == values()
    assert world.preview() == {}


def test_a_deletion_that_was_killed_is_ended_by_the_next_update(world: World) -> None:
    world.engine.read("config", "set", "--path", "homelab:apps.echoserver.enabled", "false")
    kill_when(world, lambda: bool(notes(world, "deleting")))
    brought_back(world)
    world.settle(apps__echoserver__enabled="true")
    assert world.preview() == {}
    assert doubles(world) == []


def test_an_update_that_runs_is_left_alone(world: World) -> None:
    lock = world.sandbox.state / ".pulumi" / "locks" / "organization" / "homelab" / "homelab" / "other.json"
    with subprocess.Popen(["sleep", "60"]) as other:
        content = {"username": "somebody", "hostname": "elsewhere", "timestamp": "2026-11-26T12:00:00Z"}
        try:
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.write_text(json.dumps({"pid": other.pid, **content}))
            with pytest.raises(RecoveryError, match="make recover FORCE=1"):
                mending.recover(world.engine)
            assert lock.exists()
            assert [each.host for each in mending.recover(world.engine, force=True).locks] == ["elsewhere"]
        finally:
            lock.unlink(missing_ok=True)
            other.kill()


def test_the_platform_is_whole(world: World) -> None:
    assert world.broken() == []
