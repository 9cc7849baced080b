"""What is broken by hand is repaired by a plain update, or by the commands of a runbook."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from doctor import examination
from sandbox.errors import SandboxError
from tests.support.world import World

INITIAL = ("v1", "Secret", "argocd-initial-admin-secret", "argocd")


def healthy(world: World) -> bool:
    return examination.run(world.sandbox.kubeconfig, None, world.engine.state()).broken == []


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    world.up()
    return world


def test_argo_cds_initial_admin_secret_is_put_back_from_the_vault(platform: World) -> None:
    items = platform.account("onepassword").read()["items"].values()
    item = next(item for item in items if item["title"] == "argocd-admin")
    password = next(field["value"] for field in item["fields"] if field["label"] == "password")
    platform.cluster.delete(*INITIAL)
    with pytest.raises(SandboxError) as refused:
        platform.up()
    assert "Traceback" not in str(refused.value)
    assert INITIAL[2] in str(refused.value)
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": INITIAL[2], "namespace": INITIAL[3]},
        "data": {"password": base64.b64encode(password.encode()).decode()},
    }
    platform.cluster.apply(secret, "kubectl-create")
    platform.up("--expect-no-changes")


def test_authentik_without_a_route_is_reached_by_a_forwarded_port(platform: World) -> None:
    platform.cluster.delete("traefik.io/v1alpha1", "IngressRoute", "authentik", "authentik")
    with pytest.raises(SandboxError) as refused:
        _until_refused(platform)
    assert "Traceback" not in str(refused.value)
    assert "authentik-unreachable.md" in str(refused.value)
    platform.engine.read("config", "set", "--path", "homelab:authentik.url", "http://localhost:9000")
    platform.engine.read("refresh", "--yes", "--skip-preview", "--target", "**:IngressRoute::authentik")
    platform.up()
    platform.engine.read("config", "rm", "--path", "homelab:authentik.url")
    platform.up()
    assert healthy(platform)


def _until_refused(world: World) -> None:
    """Update until the account has noticed that its route is gone."""
    for _ in range(10):
        world.up()


def test_a_state_that_was_damaged_is_restored_from_a_copy(platform: World, tmp_path: Path) -> None:
    copy = tmp_path / "state.json"
    copy.write_text(json.dumps(platform.engine.state()))
    (state,) = (platform.sandbox.state / ".pulumi" / "stacks").rglob("homelab.json")
    state.write_text(state.read_text()[:1000])
    with pytest.raises(SandboxError) as refused:
        platform.up()
    assert "Traceback" not in str(refused.value)
    state.unlink()
    platform.engine.read("stack", "init", "homelab", "--cwd", str(platform.sandbox.project))
    platform.engine.read("stack", "import", "--file", str(copy))
    platform.up("--refresh")
    assert healthy(platform)
