"""The account of docs/preview-account.yaml: it previews the whole platform, and can change and learn nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import kube
from sandbox.paths import REPOSITORY
from tests.support.world import World

MANIFEST = REPOSITORY / "docs" / "preview-account.yaml"
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe", "namespace": "default"}}
RBAC = "rbac.authorization.k8s.io/v1"
SECONDS = 30.0


@pytest.fixture(scope="module")
def token(world: World) -> str:
    """The platform is up, the manifest is applied as it is, and the policy is in force."""
    world.up()
    for obj in yaml.safe_load_all(MANIFEST.read_text()):
        world.cluster.apply(obj, "administrator")
    request = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": 3600},
    }
    path = "/api/v1/namespaces/homelab-preview/serviceaccounts/preview/token"
    given: str = world.cluster.request("POST", path, body=request)["status"]["token"]
    return given


@pytest.fixture(scope="module")
def kubeconfig(world: World, token: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    content: dict[str, Any] = yaml.safe_load(world.sandbox.kubeconfig.read_text())
    content["users"][0]["user"] = {"token": token}
    file = tmp_path_factory.mktemp("account") / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(content))
    return file


@pytest.fixture(scope="module")
def account(kubeconfig: Path) -> kube.Client:
    """The account, once the policy holds: the API server takes it up a moment after it was applied."""
    client = kube.Client.from_kubeconfig(kubeconfig)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            client.apply(CONFIG_MAP, "probe")
        except kube.ApiError:
            return client
        time.sleep(0.2)
    raise AssertionError("the policy refuses nothing")


@pytest.fixture
def as_account(world: World, account: kube.Client, kubeconfig: Path) -> Iterator[kube.Client]:
    """What is at the place of the kubeconfig is the account's: another place would be another provider."""
    before = world.sandbox.kubeconfig.read_bytes()
    world.sandbox.kubeconfig.write_bytes(kubeconfig.read_bytes())
    try:
        yield account
    finally:
        world.sandbox.kubeconfig.write_bytes(before)


@pytest.mark.usefixtures("as_account")
def test_a_preview_without_changes_works_with_and_without_a_refresh(world: World) -> None:
    assert world.preview("--expect-no-changes") == {}
    assert world.preview("--refresh", "--expect-no-changes") == {}


@pytest.mark.usefixtures("as_account")
def test_a_preview_with_changes_works_and_becomes_a_comment(world: World) -> None:
    for path, value in (("filebrowser.enabled", "false"), ("navidrome.host", "music.harvestasya.org")):
        world.engine.read("config", "set", "--path", f"homelab:apps.{path}", value)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "preview-comment"],
            cwd=REPOSITORY,
            env={**os.environ, **world.engine.environment()},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        world.engine.read("config", "set", "--path", "homelab:apps.filebrowser.enabled", "true")
        world.engine.read("config", "rm", "--path", "homelab:apps.navidrome.host")
    assert done.returncode == 0, done.stderr
    dangers, diff = done.stdout.split("<details>")
    assert "`Namespace filebrowser` **deleted**" in dangers.partition("Also replaced or deleted")[0]
    assert '"https://navidrome.harvestasya.org" -> "https://music.harvestasya.org"' in diff


def test_whatever_is_no_dry_run_is_refused(world: World, account: kube.Client) -> None:
    before = world.cluster.get("v1", "Namespace", "navidrome")
    assert before is not None
    changed = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "navidrome", "labels": {"pod-security.kubernetes.io/enforce": "privileged"}},
    }
    asked = account.apply(changed, "probe", force=True, dry_run=True)
    assert asked["metadata"]["labels"] != before["metadata"]["labels"]
    with pytest.raises(kube.ApiError, match="may only ask what a change would do"):
        account.apply(changed, "probe", force=True)
    with pytest.raises(kube.ApiError, match="may only ask what a change would do"):
        account.request("POST", "/api/v1/namespaces/default/configmaps", body=CONFIG_MAP)
    for query in ({}, {"dryRun": "All"}):
        with pytest.raises(kube.ApiError, match="cannot delete") as refusal:
            account.request("DELETE", "/api/v1/namespaces/navidrome", query=query)
        assert refusal.value.status == 403
    after = world.cluster.get("v1", "Namespace", "navidrome")
    assert after is not None
    assert after["metadata"]["labels"] == before["metadata"]["labels"]


def test_a_role_that_gives_more_than_the_account_has_is_a_question_and_no_change(
    world: World, account: kube.Client
) -> None:
    more = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    subject = {"kind": "ServiceAccount", "name": "preview", "namespace": "homelab-preview"}
    for kind, part, value in (("ClusterRole", "rules", more), ("ClusterRoleBinding", "subjects", [subject])):
        before = world.cluster.get(RBAC, kind, "temporis-prometheus")
        assert before is not None
        given: dict[str, Any] = {key: before[key] for key in ("apiVersion", "kind", "roleRef") if key in before}
        changed: dict[str, Any] = {**given, "metadata": {"name": "temporis-prometheus"}, part: value}
        assert account.apply(changed, "probe", force=True, dry_run=True)[part] == value
        with pytest.raises(kube.ApiError, match="may only ask what a change would do"):
            account.apply(changed, "probe", force=True)
        assert world.cluster.get(RBAC, kind, "temporis-prometheus") == before


def test_nobody_can_be_given_a_role_that_is_not_the_programs(account: kube.Client) -> None:
    binding = {
        "apiVersion": RBAC,
        "kind": "RoleBinding",
        "metadata": {"name": "influxdb-access", "namespace": "temporis"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "preview", "namespace": "homelab-preview"}],
    }
    with pytest.raises(kube.ApiError, match="attempting to grant RBAC permissions not currently held") as refusal:
        account.apply(binding, "probe", force=True, dry_run=True)
    assert refusal.value.status == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/secrets"),
        ("GET", "/api/v1/namespaces/argocd/secrets"),
        ("GET", "/api/v1/namespaces/argocd/secrets/argocd-secret"),
        ("GET", "/api/v1/namespaces/authentik/secrets/authentik"),
        ("PATCH", "/api/v1/namespaces/argocd/secrets/argocd-initial-admin-secret"),
        ("GET", "/api/v1/namespaces/argocd/pods"),
        ("POST", "/api/v1/namespaces/homelab-preview/serviceaccounts/preview/token"),
        ("POST", "/api/v1/namespaces/navidrome/pods/any/exec"),
        ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"),
        ("PATCH", "/apis/rbac.authorization.k8s.io/v1/clusterroles/homelab-preview"),
        ("PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/homelab-preview/roles/influxdb-access"),
        ("DELETE", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/homelab-preview-dry-run-only"),
    ],
)
def test_what_a_preview_does_not_need_is_refused_by_the_roles(account: kube.Client, method: str, path: str) -> None:
    query = {} if method == "GET" else {"dryRun": "All"}
    with pytest.raises(kube.ApiError, match="cannot") as refusal:
        account.request(method, path, query=query, body=None if method == "GET" else {})
    assert refusal.value.status == 403


def test_everybody_else_does_as_before(world: World, account: kube.Client) -> None:
    del account
    world.cluster.apply(CONFIG_MAP, "administrator")
    assert world.cluster.delete("v1", "ConfigMap", "probe", "default") is not None
