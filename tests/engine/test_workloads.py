"""Workloads from a Git repository on a real control plane: a real repository, read by git, in place of GitHub's."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import kube
from tests.support.world import World

URL = "https://github.com/owner/name"
APPLICATION = ("argoproj.io/v1alpha1", "Application")
CONFIG_MAP = ("v1", "ConfigMap")
ARGO_CD = "system:serviceaccount:argocd:argocd-application-controller"
SECONDS = 90

DENY = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "default-deny"},
    "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
}
CONTAINER = {
    "name": "web",
    "image": "registry.example.org/web:1",
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
}


def config(**data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": data}


def deployment() -> dict[str, Any]:
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [CONTAINER]}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repository:
    """The repository that stands for GitHub's, to which everything is pushed at once."""

    root: Path

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True)

    def push(self, folder: str, *objects: dict[str, Any], text: str = "") -> None:
        place = self.root / "apps" / folder
        place.mkdir(parents=True, exist_ok=True)
        (place / "all.yaml").write_text(text or yaml.safe_dump_all(objects))
        self._commit()

    def drop(self, folder: str) -> None:
        shutil.rmtree(self.root / "apps" / folder)
        self._commit()

    def _commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "change")


@pytest.fixture(scope="module")
def repository(world: World) -> Repository:
    root = world.sandbox.root / "git" / "github.com" / "owner" / "name"
    root.mkdir(parents=True)
    found = Repository(root=root)
    found.git("init", "--quiet", "--initial-branch", "main")
    (root / "apps").mkdir()
    found.push("web", DENY, config(colour="red"), deployment())
    world.engine.read("config", "set", "--path", "homelab:gitops.repository.url", URL)
    world.up()
    return found


def until(holds: Callable[[], Any], what: str) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, f"not within {SECONDS} s: {what}"
        time.sleep(0.5)


def state(world: World, name: str) -> tuple[str, str, str]:
    """Sync, health and the first message of an Application; nothing where it has none."""
    status = (world.cluster.get(*APPLICATION, name, "argocd") or {}).get("status") or {}
    said = [item["message"] for item in status.get("conditions") or []]
    return (
        status.get("sync", {}).get("status", ""),
        status.get("health", {}).get("status", ""),
        said[0] if said else "",
    )


def colour(world: World) -> str:
    found = world.cluster.get(*CONFIG_MAP, "settings", "apps-web") or {}
    return str((found.get("data") or {}).get("colour", ""))


def test_a_folder_becomes_an_application_in_a_closed_namespace(world: World, repository: Repository) -> None:
    until(lambda: state(world, "apps-web") == ("Synced", "Healthy", ""), "Synced and Healthy")
    assert repository.root.is_dir()
    space = world.cluster.get("v1", "Namespace", "apps-web")
    assert space is not None
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert world.engine.outputs()["gitops"]["projects"] == ["k8s-infra", "apps"]


def test_a_push_arrives_and_a_change_by_hand_is_undone(world: World, repository: Repository) -> None:
    repository.push("web", DENY, config(colour="blue"), deployment())
    until(lambda: colour(world) == "blue", "what was pushed")
    changed = {**config(colour="green"), "metadata": {"name": "settings", "namespace": "apps-web"}}
    world.cluster.apply(changed, "somebody", force=True)
    until(lambda: colour(world) == "blue", "what was there before")


def test_what_cannot_be_read_is_said_and_leaves_everything_as_it_is(world: World, repository: Repository) -> None:
    # Argo CD passes over a file in which these three words are not.
    repository.push("web", text="apiVersion: [\nkind:\nmetadata:\n")
    until(lambda: "Failed to load target state" in state(world, "apps-web")[2], "the reason")
    assert state(world, "apps-web")[0] == "Unknown"
    assert colour(world) == "blue"
    repository.push("web", DENY, config(colour="blue"), deployment())
    until(lambda: state(world, "apps-web") == ("Synced", "Healthy", ""), "as before")


def test_kinds_and_namespaces_that_the_project_does_not_permit_are_refused(
    world: World, repository: Repository
) -> None:
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "mine"}}
    repository.push("greedy", DENY, {**role, "rules": []})
    kind = "resource rbac.authorization.k8s.io:ClusterRole is not permitted in project apps"
    until(lambda: kind in state(world, "apps-greedy")[2], "the kind")
    assert world.cluster.get("rbac.authorization.k8s.io/v1", "ClusterRole", "mine") is None
    repository.push("greedy", DENY, {**config(a="b"), "metadata": {"name": "settings", "namespace": "traefik"}})
    until(lambda: "namespace traefik is not permitted in project 'apps'" in state(world, "apps-greedy")[2], "the place")
    assert world.cluster.get(*CONFIG_MAP, "settings", "traefik") is None


def test_argo_cd_may_not_touch_a_namespace_that_is_not_a_workloads(world: World, repository: Repository) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "traefik", "labels": {"mine": "yes"}}}
    repository.push("greedy", DENY, space)
    until(lambda: "Argo CD may make namespaces apps-* alone" in state(world, "apps-greedy")[2], "the refusal")
    live = world.cluster.get("v1", "Namespace", "traefik")
    assert live is not None
    assert "mine" not in live["metadata"]["labels"]
    repository.drop("greedy")


def test_no_pod_starts_where_nothing_is_denied(world: World, repository: Repository) -> None:
    repository.push("open", config(a="b"))
    until(lambda: state(world, "apps-open")[0] == "Synced", "the namespace")
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "apps-open"}}
    with pytest.raises(kube.ApiError, match="apps-pods-need-default-deny"):
        world.cluster.apply({**pod, "spec": {"containers": [CONTAINER]}}, "somebody", force=True)
    repository.drop("open")


def test_elsewhere_pods_start_without_such_a_policy(world: World) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "of-the-cluster", "namespace": "kube-system"}}
    assert world.cluster.get("networking.k8s.io/v1", "NetworkPolicy", "default-deny", "kube-system") is None
    world.cluster.apply({**pod, "spec": {"containers": [CONTAINER]}}, "somebody", force=True)
    world.cluster.delete("v1", "Pod", "of-the-cluster", "kube-system")


@pytest.mark.parametrize("lost", ["pod-security.kubernetes.io/enforce", "homelab/workloads"])
def test_such_a_namespace_keeps_its_labels_whoever_asks(world: World, lost: str) -> None:
    space = world.cluster.get("v1", "Namespace", "apps-web")
    assert space is not None
    labels = {name: value for name, value in space["metadata"]["labels"].items() if name != lost}
    made = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps-other", "labels": labels}}
    with pytest.raises(kube.ApiError, match="have the labels"):
        world.cluster.apply(made, "somebody", force=True)
    changed = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "apps-web", "labels": {lost: "baseline"}}}
    with pytest.raises(kube.ApiError, match="have the labels"):
        world.cluster.apply(changed, "somebody", force=True)


def in_apps(api_version: str, kind: str, spec: Any, **meta: Any) -> dict[str, Any]:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "attack", "namespace": "apps-web", **meta},
        "spec": spec,
    }


VAULT = {"operator.1password.io/item-path": "vaults/v/items/argocd-admin", "operator.1password.io/item-name": "loot"}
SELECTED = {"selector": {"matchLabels": {"app": "web"}}}


def pods_of(**meta: Any) -> dict[str, Any]:
    return {
        **SELECTED,
        "template": {"metadata": {"labels": {"app": "web"}, **meta}, "spec": {"containers": [CONTAINER]}},
    }


@pytest.mark.parametrize(
    ("attack", "refusal"),
    [
        (in_apps("apps/v1", "Deployment", pods_of(), annotations=VAULT), "reads the whole vault"),
        (in_apps("apps/v1", "Deployment", pods_of(annotations=VAULT)), "reads the whole vault"),
        (
            in_apps("apps/v1", "StatefulSet", {"serviceName": "a", **pods_of(annotations=VAULT)}),
            "reads the whole vault",
        ),
        (in_apps("onepassword.com/v1", "OnePasswordItem", {"itemPath": "vaults/v/items/i"}), "have workloads alone"),
        (
            in_apps(
                "networking.k8s.io/v1",
                "Ingress",
                {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
            ),
            "alone",
        ),
        (in_apps("v1", "Service", {"type": "LoadBalancer", "ports": [{"port": 80}]}), "is a ClusterIP"),
        (in_apps("v1", "Service", {"type": "NodePort", "ports": [{"port": 80}]}), "is a ClusterIP"),
        (in_apps("v1", "Service", {"externalIPs": ["192.168.1.10"], "ports": [{"port": 2049}]}), "without externalIPs"),
    ],
)
def test_what_would_reach_beyond_the_namespace_is_refused_whoever_asks(
    world: World, repository: Repository, attack: dict[str, Any], refusal: str
) -> None:
    assert repository.root.is_dir()
    with pytest.raises(kube.ApiError, match=refusal):
        world.cluster.apply(attack, "somebody", force=True)


def test_no_kind_that_a_controller_acts_on_can_be_made_there(world: World, repository: Repository) -> None:
    """Every group of definitions that the cluster has is named in the rule, also those that came after it."""
    assert repository.root.is_dir()
    rule = world.cluster.get(
        "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "apps-have-workloads-alone"
    )
    assert rule is not None
    named = {group for item in rule["spec"]["matchConstraints"]["resourceRules"] for group in item["apiGroups"]}
    definitions = world.cluster.list("apiextensions.k8s.io/v1", "CustomResourceDefinition")
    groups = {item["spec"]["group"] for item in definitions if item["spec"]["scope"] == "Namespaced"}
    assert groups
    assert groups <= named


def test_a_folder_that_goes_takes_its_workload_along(world: World, repository: Repository) -> None:
    repository.drop("web")
    until(lambda: world.cluster.get(*APPLICATION, "apps-web", "argocd") is None, "the Application goes")
    assert world.cluster.get("apps/v1", "Deployment", "web", "apps-web") is None
    assert colour(world) == ""
