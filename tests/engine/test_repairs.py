"""What is broken by hand is repaired by a plain update, or by the commands of a runbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor import examination
from drills.chaos.vault import install_op
from sandbox.controllers.edge_account import domain_of
from sandbox.controllers.objects import patch
from sandbox.errors import SandboxError
from tests.support import runbooks, tunnels
from tests.support.world import World

INITIAL = ("v1", "Secret", "argocd-initial-admin-secret", "argocd")
NAMESPACE_STUCK, STATE_LOST = "docs/runbooks/namespace-stuck.md", "docs/runbooks/state-lost.md"
STATE_DAMAGED = "docs/runbooks/state-damaged.md"
NOBODY = "example.org/nobody"
"""A finalizer that no controller takes away."""
PATIENCE_SECONDS = 30
"""The namespace's controller needs some to say what is left in it."""


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    world.up()
    return world


def test_argo_cds_initial_admin_secret_is_put_back_from_the_vault(platform: World, tmp_path: Path) -> None:
    before = platform.cluster.get(*INITIAL)
    assert before is not None
    platform.cluster.delete(*INITIAL)
    with pytest.raises(SandboxError) as refused:
        platform.up()
    assert "Traceback" not in str(refused.value)
    assert INITIAL[2] in str(refused.value)
    install_op(platform.account("onepassword"), tmp_path)
    (vault,) = {item["vault"] for item in platform.account("onepassword").read()["items"].values()}
    runbooks.follow(platform, "docs/runbooks/argocd-admin-secret.md", home=tmp_path, vault=vault)
    after = platform.cluster.get(*INITIAL)
    assert after is not None
    assert after["data"] == before["data"]
    platform.up("--expect-no-changes")


def test_the_secrets_of_the_guide_are_those_that_argo_cd_makes_for_itself(platform: World, tmp_path: Path) -> None:
    creating = [
        line
        for line in runbooks.commands("docs/sandbox.md", "## The published Kubernetes provider")
        if "create secret generic" in line
    ]
    assert creating
    for command in creating:
        assert "--namespace argocd " in command
        runbooks.run(platform, command.replace("--namespace argocd ", "--namespace default "), home=tmp_path)
    for made in platform.cluster.list("v1", "Secret", "default"):
        own = platform.cluster.get("v1", "Secret", made["metadata"]["name"], "argocd")
        assert own is not None
        assert set(made["data"]) == set(own["data"])
        platform.cluster.delete("v1", "Secret", made["metadata"]["name"], "default")


def test_authentik_without_a_route_is_reached_by_a_forwarded_port(platform: World, tmp_path: Path) -> None:
    platform.cluster.delete("traefik.io/v1alpha1", "IngressRoute", "authentik", "authentik")
    with pytest.raises(SandboxError) as refused:
        _until_refused(platform)
    assert "Traceback" not in str(refused.value)
    assert "authentik-unreachable.md" in str(refused.value)
    # No container runs here, so nothing answers at a port: the simulated Authentik is found at localhost without one.
    forwarding, *commands = runbooks.commands("docs/runbooks/authentik-unreachable.md")
    assert forwarding.startswith("kubectl ")
    for command in commands:
        runbooks.run(platform, command, home=tmp_path)
    assert platform.broken() == []


def test_tunnels_that_were_deleted_at_cloudflare_are_made_anew_and_serve_what_they_served(
    platform: World, tmp_path: Path
) -> None:
    before = tunnels.names(platform)
    tunnels.delete_all(platform)
    *_, command = runbooks.commands("docs/runbooks/alerts.md", "## TunnelDown")
    runbooks.run(platform, command, home=tmp_path)
    assert tunnels.statuses(platform) == {"healthy"}
    after = tunnels.live(platform)
    assert sorted(tunnel["name"] for tunnel in after.values()) == sorted(before)
    records = platform.account("cloudflare").read()["objects"]["DnsRecord"].values()
    led = {record["content"] for record in records if record["type"] == "CNAME"}
    assert {target for target in led if target.endswith(".cfargotunnel.com")} == {domain_of(own) for own in after}
    assert platform.broken() == []
    platform.up("--expect-no-changes")


def _until_refused(world: World) -> None:
    """Update until the account has noticed that its route is gone."""
    for _ in range(10):
        world.up()


def impatient(world: World, namespace: str, tmp_path: Path) -> None:
    """Have the deletion of a namespace be waited for a few seconds instead of ten minutes."""
    state = world.engine.state()
    for item in state["deployment"]["resources"]:
        if item["type"] == "kubernetes:core/v1:Namespace" and item["id"] == namespace:
            item["outputs"]["metadata"]["annotations"]["pulumi.com/timeoutSeconds"] = str(PATIENCE_SECONDS)
    file = tmp_path / "state.json"
    file.write_text(json.dumps(state))
    world.engine.read("stack", "import", "--file", str(file))


@pytest.fixture
def held(platform: World) -> Iterator[str]:
    """A ConfigMap of the echo server's namespace that nobody lets go, by name."""
    client, place = platform.cluster, ("v1", "ConfigMap", "held", "echoserver")
    metadata = {"name": "held", "namespace": "echoserver", "finalizers": [NOBODY]}
    client.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}, "somebody")
    yield "held"
    if live := client.get(*place):
        # Or each later test would wait for the namespace too.
        patch(client, live, {"metadata": {"finalizers": []}}, "somebody")


def test_a_namespace_that_does_not_go_away_is_named_with_what_keeps_it(
    platform: World, held: str, tmp_path: Path
) -> None:
    impatient(platform, "echoserver", tmp_path)
    platform.engine.read("config", "set", "--path", "homelab:apps.echoserver.enabled", "false")
    with pytest.raises(SandboxError) as refused:
        platform.up()
    (line,) = str(refused.value).splitlines()
    assert "Traceback" not in line
    assert f"Namespace echoserver: not gone after {PATIENCE_SECONDS} s" in line
    assert NOBODY in line
    report = examination.run(platform.sandbox.kubeconfig, None, platform.engine.state())
    ((check, found),) = report.broken
    assert (check, found.subject) == ("namespace -> held up by nothing", "Namespace echoserver")
    assert NOBODY in found.fault
    assert NAMESPACE_STUCK in found.advice
    conditions, contents, *_ = runbooks.follow(
        platform, NAMESPACE_STUCK, home=tmp_path, name="echoserver", kind="configmap", object=held
    )
    assert NOBODY in conditions
    assert f"configmap/{held}" in contents
    platform.up()
    assert platform.cluster.get("v1", "Namespace", "echoserver") is None
    platform.engine.read("config", "rm", "--path", "homelab:apps.echoserver.enabled")
    platform.up()
    assert platform.broken() == []


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
    assert platform.broken() == []


def test_a_stack_file_that_is_lost_is_asked_for_key_by_key(platform: World) -> None:
    kept = platform.engine.stack_file.read_bytes()
    platform.engine.stack_file.unlink()
    try:
        with pytest.raises(SandboxError) as refused:
            platform.engine.read("preview")
    finally:
        platform.engine.stack_file.write_bytes(kept)
    said = str(refused.value)
    assert "Traceback" not in said
    assert "homelab:acme.email: missing" in said
    assert "pulumi config set --secret homelab:authentikToken" in said
    assert platform.preview() == {}


def test_a_stack_file_without_its_salt_gets_it_from_the_state(platform: World, tmp_path: Path) -> None:
    file = platform.engine.stack_file
    before = file.read_text()
    file.write_text("".join(line for line in before.splitlines(True) if not line.startswith("encryptionsalt:")))
    with pytest.raises(SandboxError, match="message authentication failed") as refused:
        platform.engine.read("preview")
    assert "Traceback" not in str(refused.value)
    *mending, preview = runbooks.commands(STATE_LOST, "## Its encrypted values cannot be read")
    for command in mending:
        runbooks.run(platform, command, home=tmp_path, folder=file.parent)
    runbooks.run(platform, preview, home=tmp_path)
    assert sorted(file.read_text().splitlines()) == sorted(before.splitlines())
    platform.up("--expect-no-changes")


def test_a_state_that_is_cut_off_is_said_at_once_and_comes_back_from_the_history(
    platform: World, tmp_path: Path
) -> None:
    file = platform.engine.backend.file
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SandboxError, match=f"the state is damaged .*{STATE_DAMAGED}"):
        platform.engine.state()
    with pytest.raises(SandboxError, match="unexpected end of JSON input"):
        platform.up()
    putting_back, *_ = runbooks.commands(STATE_DAMAGED, "## The file is cut off, empty or gone")
    folder = {"folder": str(platform.sandbox.state)}
    runbooks.run(platform, runbooks.filled(putting_back, folder), home=tmp_path)
    assert file.read_bytes() == whole
    platform.up("--expect-no-changes")
