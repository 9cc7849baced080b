"""The platform's whole life on a real engine and a real control plane: each test goes on from the one before."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from doctor import examination
from policy import verdict
from policy.stack import declared
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY
from tests.support.world import World

PROGRAMS = Path(__file__).parent / "programs"


def resources(world: World, kind: str = "") -> list[dict[str, Any]]:
    """The stack's resources of a type that ends so."""
    found: list[dict[str, Any]] = world.engine.state()["deployment"]["resources"]
    return [item for item in found if item["type"].endswith(kind)]


def name_of(item: dict[str, Any]) -> str:
    """`Kind::name` of a resource of the state."""
    return f"{item['type'].rsplit(':', 1)[-1]}::{item['urn'].rsplit('::', 1)[-1]}"


def test_the_first_preview_of_an_empty_cluster_works(world: World) -> None:
    operations = world.preview()
    assert set(operations.values()) == {"create"}
    assert not [name for name in ("argocd", "traefik") if world.cluster.get("v1", "Namespace", name)]


def test_one_update_builds_everything(world: World) -> None:
    world.up()
    applications = world.cluster.list("argoproj.io/v1alpha1", "Application")
    assert {(item["status"]["sync"]["status"], item["status"]["health"]["status"]) for item in applications} == {
        ("Synced", "Healthy")
    }
    kind = "argoproj.io/v1alpha1:Application"
    declared = {name_of(item).partition("::")[2] for item in resources(world, kind)}
    assert {item["metadata"]["name"] for item in applications} == declared


def test_the_wildcard_certificate_is_where_traefik_looks_for_it(world: World) -> None:
    store = world.cluster.get("traefik.io/v1alpha1", "TLSStore", "default", "traefik")
    assert store is not None
    name = store["spec"]["defaultCertificate"]["secretName"]
    secret = world.cluster.get("v1", "Secret", name, "traefik")
    assert name == "tls-harvestasya.org"
    assert secret is not None
    assert secret["type"] == "kubernetes.io/tls"


def test_the_state_notes_where_resources_are_declared_and_not_how_the_program_came_there(world: World) -> None:
    # The stack itself is there before the program has begun.
    noted = [item for item in resources(world) if "sourcePosition" in item and item["type"] != "pulumi:pulumi:Stack"]
    assert noted
    assert {len(item["stackTrace"]) for item in noted} == {1}


def test_the_sdks_own_messages_are_there_for_a_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program tells nobody of every step of the SDK's; with the word it does, to whoever asks for them."""
    asked = ("preview", "--debug", "--suppress-outputs", "--non-interactive")
    message = "resource registration prepared"
    assert message not in world.engine.read(*asked)
    monkeypatch.setenv("HOMELAB_WHOLE_SDK", "1")
    assert message in world.engine.read(*asked)


def test_a_second_update_changes_nothing(world: World) -> None:
    world.up("--expect-no-changes")


def test_a_refresh_changes_nothing(world: World) -> None:
    world.engine.read("refresh", "--yes", "--skip-preview", "--expect-no-changes", "--suppress-outputs")


def test_drift_in_the_cluster_and_in_an_account_is_shown_and_repaired(world: World) -> None:
    cluster = world.cluster
    cluster.request(
        "PATCH",
        "/apis/apps/v1/namespaces/navidrome/deployments/navidrome",
        body={"spec": {"template": {"spec": {"containers": [{"name": "navidrome", "image": "somebody/else:1"}]}}}},
        query={"fieldManager": "kubectl-edit"},
        content_type="application/strategic-merge-patch+json",
    )
    world.account("cloudflare").drift("DnsRecord", "navidrome.harvestasya.org", {"proxied": False})
    assert world.preview("--refresh") == {
        "Deployment::navidrome": "update",
        "DnsRecord::navidrome.harvestasya.org": "update",
    }
    world.up("--refresh")
    assert world.preview("--refresh") == {}


def test_the_wiring_check_finds_nothing_until_something_is_broken(world: World) -> None:
    assert world.broken() == []
    world.cluster.delete("traefik.io/v1alpha1", "Middleware", "compress", "traefik")
    broken = examination.run(world.sandbox.kubeconfig, None, world.engine.state()).broken
    assert {item.target for _, item in broken} == {"Middleware traefik/compress"}
    world.up("--refresh")
    assert world.broken() == []


def test_the_policy_holds_for_what_the_stack_declares(world: World) -> None:
    found = verdict.judge(declared(world.engine.state()))
    assert found.violations == []
    assert found.good


def test_a_refusal_of_an_account_is_told_in_its_own_words(world: World) -> None:
    world.account("cloudflare").fail(
        "read", "DnsRecord", "Cloudflare is out of order", name="navidrome.harvestasya.org"
    )
    with pytest.raises(SandboxError, match="Cloudflare is out of order"):
        world.engine.read("refresh", "--yes", "--skip-preview", "--suppress-outputs")
    world.engine.read("refresh", "--yes", "--skip-preview", "--suppress-outputs")


def test_no_secret_stands_in_plain_text(world: World) -> None:
    vault = world.account("onepassword").read()
    secrets = {
        field["value"]
        for item in vault["items"].values()
        for field in item["fields"]
        if field.get("type") == "CONCEALED" and len(field["value"]) > 12
    }
    secrets |= {token for tokens in vault["tokens"].values() for token in tokens}
    secrets |= set(world.account("cloudflare").read()["tokens"])
    # Names that a person may read anywhere, though they are fields of an item for a controller's sake.
    secrets -= {"tunnel-ingress", world.engine.plain("cloudflare")["accountId"]}
    assert len(secrets) > 10
    logs = "".join(log.read_text(errors="replace") for log in world.sandbox.logs.glob("*.log"))
    readable = {
        "state": json.dumps(world.engine.state()),
        "outputs": json.dumps(world.engine.outputs()),
        "stack file": world.engine.stack_file.read_text(),
        "logs": logs,
        "manifests": json.dumps(
            [
                world.cluster.list(*kind)
                for kind in (
                    ("apps/v1", "Deployment"),
                    ("v1", "ConfigMap"),
                    ("argoproj.io/v1alpha1", "Application"),
                    ("traefik.io/v1alpha1", "IngressRoute"),
                    ("onepassword.com/v1", "OnePasswordItem"),
                )
            ]
        ),
    }
    found = {(where, secret[:4]) for where, text in readable.items() for secret in secrets if secret in text}
    assert found == set()


def test_a_renamed_host_changes_the_route_the_record_and_the_redirect(world: World) -> None:
    world.engine.read("config", "set", "--path", "homelab:apps.navidrome.host", "music.harvestasya.org")
    # Who owns the record of a host is in the state only.
    changed = {name: done for name, done in world.preview().items() if not name.startswith("Stash::")}
    assert changed == {
        "IngressRoute::navidrome": "update",
        "IngressRoute::filebrowser": "update",
        "DnsRecord::music.harvestasya.org": "create",
        "DnsRecord::navidrome.harvestasya.org": "delete",
        "ProtectedHost::navidrome": "update",
        "ProviderProxy::navidrome": "update",
        "Application::navidrome": "update",
        "Probe::blackbox-exporter-navidrome": "update",
        "Probe::blackbox-exporter-filebrowser": "update",
    }
    world.engine.read("config", "rm", "--path", "homelab:apps.navidrome.host")
    assert world.preview() == {}


def test_hosts_are_swapped_in_one_update(world: World) -> None:
    one, other = "traefik.harvestasya.org", "navidrome.harvestasya.org"
    world.engine.read("config", "set", "--path", "homelab:hosts.traefik", other)
    world.engine.read("config", "set", "--path", "homelab:apps.navidrome.host", one)
    assert not any(name.startswith("DnsRecord::") for name in world.preview())
    world.up()
    assert world.broken() == []
    world.engine.read("config", "set", "--path", "homelab:hosts.traefik", one)
    world.engine.read("config", "rm", "--path", "homelab:apps.navidrome.host")
    world.up()


def test_a_rotated_client_secret_reaches_the_provider_the_vault_and_the_cluster(world: World) -> None:
    def everywhere() -> tuple[str, str, str]:
        providers = world.account("authentik").read()["objects"]["ProviderOauth2"].values()
        provider = next(item for item in providers if item["name"] == "argocd")
        items = world.account("onepassword").read()["items"].values()
        item = next(item for item in items if item["title"] == "argocd-oidc")
        secret = world.cluster.get("v1", "Secret", "secret-argocd-oidc", "argocd")
        assert secret is not None
        value = next(field["value"] for field in item["fields"] if field["label"] == "client-secret")
        return provider["clientSecret"], value, secret["data"]["client-secret"]

    before = everywhere()
    world.up("--replace", "**argocd-oidc-client-secret")
    after = everywhere()
    assert all(new != old for new, old in zip(after, before, strict=True))
    assert after[0] == after[1]


def test_the_pods_that_read_a_changed_secret_are_restarted(world: World) -> None:
    def restarted() -> str | None:
        server = world.cluster.get("apps/v1", "Deployment", "authentik-server", "authentik")
        assert server is not None
        notes: dict[str, str] = server["spec"]["template"]["metadata"].get("annotations") or {}
        return notes.get("operator.1password.io/last-restarted")

    before = restarted()
    world.up("--replace", "**::authentik-secret-key")
    deadline = time.monotonic() + 30
    while restarted() == before:
        assert time.monotonic() < deadline, "the operator has not restarted the server"
        time.sleep(0.2)


def test_the_application_of_the_guide_comes_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    extended = replace(world, engine=replace(world.engine, program=PROGRAMS / "guide"))
    extended.up()
    memos = world.cluster.get("apps/v1", "Deployment", "memos", "memos")
    assert memos is not None
    assert memos["status"]["availableReplicas"] == 1
    assert "https://memos.harvestasya.org" in {service["url"] for service in world.engine.outputs()["services"]}
    assert world.broken() == []


def test_destroy_leaves_what_is_protected_and_what_a_kept_database_runs_by(world: World) -> None:
    declared = {name_of(item) for item in resources(world) if item.get("protect")}
    assert any(name.startswith("PersistentVolume::") for name in declared)
    world.engine.read("destroy", "--yes", "--skip-preview", "--exclude-protected", "--suppress-outputs")
    protected = {name_of(item) for item in resources(world) if item.get("protect")}
    assert protected == declared
    left = {item["metadata"]["name"] for item in world.cluster.list("v1", "Namespace")}
    given = {"default", "kube-node-lease", "kube-public", "kube-system"}
    kept = {name.partition("::")[2] for name in declared if name.startswith("Namespace::")}
    assert kept <= left
    assert left - given == {item["id"] for item in resources(world, "core/v1:Namespace")}
    assert "cnpg-system" in left - kept
    assert not left & {"traefik", "filebrowser", "echoserver", "volsync", "access-tunnel"}
    assert set(world.account("cloudflare").read()["objects"]["ZeroTrustTunnelCloudflared"]) != set()
    assert world.account("cloudflare").read()["objects"].get("DnsRecord", {}) == {}
