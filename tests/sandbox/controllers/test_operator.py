"""What 1Password's operator makes of an item, and when it restarts a Deployment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.controllers import started
from sandbox.controllers.controller import Environment
from sandbox.controllers.log import Log
from sandbox.controllers.objects import encode
from sandbox.controllers.onepassword import AUTO_RESTART, OnePassword, secret_for, secrets_of, wants_restart
from sandbox.controllers.vault import Item
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account
from sandbox.rollouts import condition
from tests.sandbox.controllers.world import READY, World, thing

ITEM = Item(vault="v", uuid="i", content={"version": 7, "fields": [{"label": "password", "value": "s"}]})


def cr(**changes: Any) -> dict[str, Any]:
    meta = {"name": "secret-db", "namespace": "apps", "uid": "u", "labels": {"app.kubernetes.io/part-of": "argocd"}}
    own = {"apiVersion": "onepassword.com/v1", "kind": "OnePasswordItem"}
    return {**own, "metadata": {**meta, "annotations": {"note": "mine"}}, **changes}


def test_the_secret_has_the_items_values_the_labels_and_the_operators_own_annotations() -> None:
    secret = secret_for(cr(), ITEM)
    assert secret["data"] == {"password": "cw=="}
    assert secret["metadata"]["labels"] == {"app.kubernetes.io/part-of": "argocd"}
    assert secret["metadata"]["annotations"] == {
        "operator.1password.io/item-path": "vaults/v/items/i",
        "operator.1password.io/item-version": "7",
    }
    assert secret["metadata"]["ownerReferences"][0]["uid"] == "u"
    assert "type" not in secret


def test_type_and_auto_restart_are_passed_on() -> None:
    item = cr(type="kubernetes.io/basic-auth")
    item["metadata"]["annotations"][AUTO_RESTART] = "true"
    secret = secret_for(item, ITEM)
    assert secret["type"] == "kubernetes.io/basic-auth"
    assert secret["metadata"]["annotations"][AUTO_RESTART] == "true"


@pytest.mark.parametrize(
    ("secret", "deployment", "namespace", "everywhere", "restarts"),
    [
        ("", "", "", "false", False),
        ("", "", "", "true", True),
        ("", "", "false", "true", False),
        ("", "true", "false", "false", True),
        ("false", "true", "true", "true", False),
        ("true", "false", "", "", True),
    ],
)
def test_the_most_specific_word_on_restarting_counts(
    secret: str, deployment: str, namespace: str, everywhere: str, *, restarts: bool
) -> None:
    def obj(value: str) -> dict[str, Any]:
        return {"metadata": {"annotations": {AUTO_RESTART: value}} if value else {}}

    assert wants_restart(obj(secret), obj(deployment), obj(namespace), everywhere) is restarts


def test_secrets_of_a_pod_are_those_that_it_reads_mounts_and_pulls_with() -> None:
    pod = {
        "containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "a"}}, {"configMapRef": {"name": "m"}}]}],
        "volumes": [{"name": "v", "secret": {"secretName": "b"}}],
        "imagePullSecrets": [{"name": "p"}],
    }
    assert secrets_of(pod) == {"a", "b", "p"}


def part(component: str) -> dict[str, Any]:
    """A Deployment of Connect's chart."""
    labels = {"app.kubernetes.io/name": "connect", "app.kubernetes.io/component": component}
    spec = {"selector": {"matchLabels": {"runs": component}}}
    made = thing("Deployment", component, version="apps/v1", spec=spec, status={"readyReplicas": 1})
    return {**made, "metadata": {**made["metadata"], "labels": labels}}


def operator(name: str, token: str) -> dict[str, Any]:
    """Its pod, which has started with a token."""
    reference = {"secretKeyRef": {"name": "token", "key": "token"}}
    env = [{"name": "OP_CONNECT_HOST", "value": "connect"}, {"name": "OP_CONNECT_TOKEN", "valueFrom": reference}]
    spec = {"containers": [{"name": "operator", "env": env}]}
    read = started.read(spec, lambda _name: {"data": encode({"token": token})})
    pod = thing("Pod", name, spec=spec, status=READY)
    meta = {"labels": {"runs": "operator"}, "annotations": read, "creationTimestamp": name}
    return {**pod, "metadata": {**pod["metadata"], **meta}}


def test_the_operator_asks_with_the_token_that_it_started_with(world: World, tmp_path: Path) -> None:
    sandbox = Sandbox(root=tmp_path)
    item = {"vault": "v", "title": "db", "fields": [{"label": "password", "value": "s"}]}
    content = {"vaults": {"v": {"name": "homelab"}}, "items": {"i": item}, "tokens": {"connect": ["new"]}}
    Account(sandbox.account("onepassword")).create(content)
    controller = OnePassword(Environment(client=world, hub=world.hub, log=Log()), sandbox)
    controller.setup()
    wanted = thing("OnePasswordItem", "db", version="onepassword.com/v1", spec={"itemPath": "vaults/homelab/items/db"})
    for obj in (part("operator"), part("connect"), wanted, operator("1", "old")):
        world.have(obj)
    world.secret("token", token="new")
    controller.reconcile("apps/db")
    ready = condition(world.the("OnePasswordItem", "db"), "Ready")
    assert (ready["status"], world.named("Secret")) == ("False", ["token"])
    assert "401" in ready["message"]
    world.have(operator("2", "new"))
    controller.reconcile("apps/db")
    assert condition(world.the("OnePasswordItem", "db"), "Ready")["status"] == "True"
    assert world.named("Secret") == ["db", "token"]
