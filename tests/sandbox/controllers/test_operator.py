"""What 1Password's operator makes of an item, and when it restarts a Deployment."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.onepassword import AUTO_RESTART, secret_for, secrets_of, wants_restart
from sandbox.controllers.vault import Item

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
