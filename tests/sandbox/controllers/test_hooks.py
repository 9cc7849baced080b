"""What hooks of charts leave behind, without a Job being run."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers import hooks
from sandbox.rendering import package, render
from sandbox.rendering.crds import Definitions
from sandbox.rendering.render import Release


def hook(kind: str, when: str, policy: str = "before-hook-creation") -> dict[str, Any]:
    notes = {"helm.sh/hook": when, "helm.sh/hook-delete-policy": policy}
    meta = {"name": "x", "namespace": "space", "annotations": notes}
    return {"apiVersion": "v1", "kind": kind, "metadata": meta, "spec": {"template": {"spec": {"containers": []}}}}


@pytest.mark.parametrize(
    ("when", "phases"),
    [
        ("pre-install,pre-upgrade", {"PreSync"}),
        ("post-install", {"PostSync"}),
        ("pre-install, post-upgrade", {"PreSync", "PostSync"}),
        ("test", set()),
        ("post-rollback", set()),
    ],
)
def test_helms_hooks_have_argo_cds_names(when: str, phases: set[str]) -> None:
    assert hooks.phases(hook("ConfigMap", when)) == phases


def test_what_goes_after_success_is_not_made_and_what_stays_is() -> None:
    goes = hook("ServiceAccount", "pre-install", "before-hook-creation,hook-succeeded")
    stays = hook("ServiceAccount", "pre-install")
    later = hook("ServiceAccount", "post-install")
    assert list(hooks.due([goes, stays, later], hooks.PRE_SYNC)) == [stays]
    assert list(hooks.due([goes, stays, later], hooks.POST_SYNC)) == [later]


@pytest.mark.parametrize("kind", ["Job", "Pod"])
def test_no_job_of_a_hook_is_run(kind: str) -> None:
    job = hook(kind, "pre-install")
    if kind == "Pod":
        job["spec"] = {"containers": []}
    assert list(hooks.due([job], hooks.PRE_SYNC)) == []


def test_what_argo_cds_job_makes_is_made_with_a_password_of_its_own() -> None:
    chart = package.find("argo-cd", None, "9.1.4", None)
    found = render.render(chart, Release(name="cd", namespace="space", values={}), Definitions()).hooks
    made = {obj["kind"]: obj for obj in hooks.due(found, hooks.PRE_SYNC)}
    assert made.keys() == {"Role", "RoleBinding", "Secret", "ServiceAccount"}
    assert (made["Secret"]["metadata"]["name"], made["Secret"]["metadata"]["namespace"]) == ("argocd-redis", "space")
    again = {obj["kind"]: obj for obj in hooks.due(found, hooks.PRE_SYNC)}
    assert again["Secret"]["data"]["auth"] != made["Secret"]["data"]["auth"]
