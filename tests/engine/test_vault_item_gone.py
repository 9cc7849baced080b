"""An item of the vault that was deleted by hand, and the runbook that gets one out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from tests.support import runbooks
from tests.support.world import World

RUNBOOK = "docs/runbooks/vault-item-gone.md"
REFRESH = ("refresh", "--yes", "--skip-preview", "--suppress-outputs")


def titled(world: World, title: str) -> tuple[str, dict[str, Any]]:
    """The id and the content of the item of this title."""
    ((uuid, item),) = (
        found for found in world.account("onepassword").read()["items"].items() if found[1]["title"] == title
    )
    return uuid, item


def deleted(world: World, title: str) -> tuple[str, dict[str, Any]]:
    """An item that somebody deletes in 1Password."""
    uuid, _ = titled(world, title)
    with world.account("onepassword").edit() as data:
        return uuid, data["items"].pop(uuid)


def value(item: dict[str, Any], label: str) -> str:
    return next(str(field["value"]) for field in item["fields"] if field["label"] == label)


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    world.up()
    return world


def test_a_refresh_fails_as_a_whole_until_the_item_is_restored(platform: World) -> None:
    uuid, item = deleted(platform, "argocd-oidc")
    with pytest.raises(SandboxError, match=f"{uuid}.* isn't an item in the .* vault"):
        platform.engine.read(*REFRESH)
    platform.up("--expect-no-changes")
    with platform.account("onepassword").edit() as data:
        data["items"][uuid] = item
    platform.engine.read(*REFRESH, "--expect-no-changes")


def test_an_item_that_holds_values_together_is_made_anew_with_the_same_values(platform: World, tmp_path: Path) -> None:
    old, before = deleted(platform, "argocd-oidc")
    for command in runbooks.commands(RUNBOOK, "## It holds values together"):
        runbooks.run(platform, runbooks.filled(command, {"item id": old, "name": "argocd-oidc"}), home=tmp_path)
    new, after = titled(platform, "argocd-oidc")
    assert new != old
    assert value(after, "client-secret") == value(before, "client-secret")
    assert old not in json.dumps(platform.engine.state())
    platform.engine.read(*REFRESH, "--expect-no-changes")
    assert platform.broken() == []


def test_a_generated_value_is_put_into_another_item_and_stays(platform: World, tmp_path: Path) -> None:
    old, lost = deleted(platform, "authentik secret-key")
    creating, *commands = runbooks.commands(RUNBOOK, "## It holds one generated value")
    assert creating.startswith("op item create --category password ")
    new = "handmade" + "a" * 18
    kept = value(titled(platform, "authentik")[1], "secret-key")
    with platform.account("onepassword").edit() as data:  # what `op item create` does
        field = {"id": "password", "label": "password", "section": "", "purpose": "PASSWORD", "type": "CONCEALED"}
        data["items"][new] = {
            **{key: lost[key] for key in ("vault", "title", "category")},
            "tags": [],
            "urls": [],
            "sections": [],
            "fields": [{**field, "value": kept}],
            "version": 1,
        }
    for command in commands:
        runbooks.run(platform, runbooks.filled(command, {"item id": old, "new id": new}), home=tmp_path)
    own, item = titled(platform, "authentik secret-key")
    assert (own, value(item, "password")) == (new, kept)
    assert value(titled(platform, "authentik")[1], "secret-key") == kept
    platform.up("--refresh", "--expect-no-changes")
