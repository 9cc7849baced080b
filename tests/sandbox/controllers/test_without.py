"""A controller can be left out, for a real one to take its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.controllers.__main__ import build
from sandbox.controllers.controller import Environment
from sandbox.controllers.hub import Hub
from sandbox.controllers.releases import Releases
from sandbox.lifecycle import Lifecycle
from sandbox.paths import Sandbox

READY = {"readyReplicas": 1}


@pytest.fixture
def environment(hub: Hub) -> Environment:
    return Environment(client=hub.client, hub=hub, log=hub.log)


def test_all_run_but_those_that_are_left_out(environment: Environment, tmp_path: Path) -> None:
    everyone = {controller.name for controller in build(environment, Sandbox(root=tmp_path))}
    left = {controller.name for controller in build(environment, Sandbox(root=tmp_path), ["argocd", "storage"])}
    assert {"argocd", "storage", "helm"} <= everyone
    assert left == everyone - {"argocd", "storage"}


def test_a_release_waits_for_what_the_real_argo_cd_makes_at_its_start(
    environment: Environment, hub: Hub, tmp_path: Path
) -> None:
    sandbox = Sandbox(root=tmp_path)
    hub.on("apps/v1", "Deployment")
    (releases,) = (item for item in build(environment, sandbox, ["argocd"]) if isinstance(item, Releases))
    server = {"apiVersion": "apps/v1", "kind": "Deployment", "status": READY, "spec": {}}
    hub.put({**server, "metadata": {"name": "argocd-server", "namespace": "argocd", "resourceVersion": "1"}})
    assert releases._start_argo_cd("argocd") is not None
    secret = {"name": "argocd-initial-admin-secret", "namespace": "argocd", "resourceVersion": "2"}
    hub.put({"apiVersion": "v1", "kind": "Secret", "metadata": secret, "data": {}})
    assert releases._start_argo_cd("argocd") is None


def test_a_sandbox_runs_every_controller_unless_it_is_told_otherwise() -> None:
    assert Lifecycle.of_clone().without == ()
