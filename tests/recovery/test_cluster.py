"""The cluster as a directory: objects that this program made, and releases as Helm left them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recovery import RecoveryError, Thing
from recovery.cluster import Access, Cluster
from recovery.helm import Helm
from recovery.state import Resource
from tests.recovery.conftest import resource
from tests.support.kubernetes_api import FakeApi

MANAGER = "pulumi-kubernetes-12ab34cd"


def cluster(api: FakeApi) -> Cluster:
    client = api.client()
    return Cluster(client=client, releases=Helm(client=client, access=Access(kubeconfig="/none", context="home")))


def config_map(**metadata: Any) -> Resource:
    inputs = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "web", "name": "page", **metadata}}
    return resource("kubernetes:core/v1:ConfigMap", "page", inputs)


def live(api: FakeApi, *managers: str, **metadata: Any) -> None:
    fields = [{"manager": manager} for manager in managers]
    whole = {"namespace": "web", "name": "page", "managedFields": fields, **metadata}
    api.answer("GET", "/api/v1/namespaces/web/configmaps/page", {"metadata": whole})


def test_an_object_that_this_program_made_is_found_with_its_manager() -> None:
    api = FakeApi()
    live(api, "kubectl-edit", MANAGER)
    assert list(cluster(api).things(config_map())) == [Thing(id="web/page", outputs={"__fieldManager": MANAGER})]


def test_its_manager_may_be_chosen() -> None:
    api = FakeApi()
    live(api, "ours")
    asked = config_map(annotations={"pulumi.com/patchFieldManager": "ours"})
    assert [thing.outputs for thing in cluster(api).things(asked)] == [{"__fieldManager": "ours"}]


def test_another_programs_object_is_none_of_ours() -> None:
    api = FakeApi()
    live(api, "helm", "argocd-controller")
    assert list(cluster(api).things(config_map())) == []


def test_an_object_that_goes_is_waited_for() -> None:
    api = FakeApi()
    live(api, MANAGER, deletionTimestamp="2026-11-26T12:00:00Z")
    api.refuse("GET", "/api/v1/namespaces/web/configmaps/page", 404, "not found")
    assert list(cluster(api).things(config_map())) == []
    assert len(api.sent("GET")) == 3


def test_one_that_does_not_go_is_one_line() -> None:
    api = FakeApi()
    live(api, MANAGER, deletionTimestamp="2026-11-26T12:00:00Z")
    with pytest.raises(RecoveryError, match=r"ConfigMap web/page is being deleted and does not go: .*namespace-stuck"):
        replace(cluster(api), patience=0).things(config_map())


def test_a_patch_is_no_object_of_its_own() -> None:
    api = FakeApi()
    live(api, MANAGER)
    assert list(cluster(api).things({**config_map(), "type": "kubernetes:core/v1:ConfigMapPatch"})) == []


def test_a_cluster_that_refuses_is_one_line() -> None:
    api = FakeApi()
    api.refuse("GET", "/api/v1/namespaces/web/configmaps/page", 403, "you\nmay not")
    with pytest.raises(RecoveryError, match="the cluster cannot be asked: you may not"):
        cluster(api).things(config_map())


def release(api: FakeApi, *statuses: str) -> list[Thing]:
    secrets = [
        {"metadata": {"labels": {"owner": "helm", "version": str(number), "status": status}}}
        for number, status in enumerate(statuses, start=1)
    ]
    api.answer("GET", "/api/v1/namespaces/argocd/secrets", {"items": secrets})
    asked = resource("kubernetes:helm.sh/v3:Release", "argocd", {"name": "argocd", "namespace": "argocd"})
    found = list(cluster(api).things(asked))
    assert api.sent("GET")[-1].query == {"labelSelector": "owner=helm,name=argocd"}
    return found


@pytest.mark.parametrize("statuses", [("deployed",), ("superseded", "deployed"), ("failed",)])
def test_a_release_that_helm_can_upgrade_is_taken_over(statuses: tuple[str, ...]) -> None:
    assert release(FakeApi(), *statuses) == [Thing(id="argocd/argocd")]


def test_a_release_that_there_is_not_is_not_found() -> None:
    assert release(FakeApi()) == []


@pytest.mark.parametrize(
    ("statuses", "command"),
    [
        (("pending-install",), "uninstall"),
        (("failed", "pending-upgrade"), "uninstall"),
        (("superseded", "deployed", "pending-upgrade"), "rollback"),
        (("superseded", "pending-rollback"), "rollback"),
    ],
)
def test_a_release_in_the_middle_is_brought_to_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statuses: tuple[str, ...], command: str
) -> None:
    helm = tmp_path / "helm"
    helm.write_text(f'#!/bin/sh\necho "$@" > {tmp_path / "asked"}\n')
    helm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (found,) = release(FakeApi(), *statuses)
    assert found.unfinished == statuses[-1]
    assert found.undo is not None
    found.undo()
    place = "--kubeconfig=/none --kube-context=home"
    assert (tmp_path / "asked").read_text() == f"{command} argocd --namespace argocd --wait {place}\n"


def test_without_helm_it_is_said_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (found,) = release(FakeApi(), "pending-install")
    assert found.undo is not None
    with pytest.raises(RecoveryError, match="run `helm uninstall argocd --namespace argocd --wait`, then try again"):
        found.undo()


def test_helm_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    helm = tmp_path / "helm"
    helm.write_text("#!/bin/sh\necho 'Error: no\nway' >&2\nexit 1\n")
    helm.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (found,) = release(FakeApi(), "pending-install")
    assert found.undo is not None
    with pytest.raises(RecoveryError, match="release argocd/argocd: Error: no way: run `helm uninstall"):
        found.undo()


def test_a_provider_says_how_its_cluster_is_reached() -> None:
    access = Access.of({"inputs": {"kubeconfig": "~/.kube/home", "context": "home"}})
    assert (access.file, access.context) == (Path.home() / ".kube" / "home", "home")
    hidden = Access.of({"inputs": {"kubeconfig": {"ciphertext": "v1:abc"}}})
    assert (hidden.file, hidden.context) == (Path.home() / ".kube" / "config", None)
    assert Access(kubeconfig="apiVersion: v1\nkind: Config\n").file is None
