"""The layer of secrets: the vault, and the way from there into the cluster."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from components.kit import Contributions, ControllerLogin
from components.secrets import Secrets, SecretsArgs
from tests.support.parts import VAULT, done, namespace, project, site
from tests.support.recorder import Recording, record


def secrets(*names: str) -> Recording[Secrets]:
    def program() -> Secrets:
        installed: pulumi.Output[object] = done("argocd-runs").id.apply(lambda identifier: identifier)
        login = ControllerLogin(
            username="admin", namespace=namespace("apart"), secret="argocd-initial-admin-secret", installed=installed
        )
        args = SecretsArgs(
            site=site(),
            contributions=Contributions(),
            project=project(),
            vault=VAULT,
            connect_credentials="{}",
            connect_token="token",
            logins=dict.fromkeys(names, login),
        )
        return Secrets("secrets", args)

    with pytest.MonkeyPatch.context() as patch:
        password = {"data": {"password": "Z2VuZXJhdGVk"}}
        patch.setattr("tests.support.answers._existing", lambda _: password)
        return record(program)


@pytest.fixture(scope="module")
def recording() -> Recording[Any]:
    return secrets("argocd-admin")


def test_items_go_to_the_vault_and_come_after_the_operator(recording: Recording[Secrets]) -> None:
    store = recording.result.store
    assert store.vault == VAULT
    operator = recording.one(":Application", "onepassword")
    assert (store.operator.pulumi_resource_type, store.operator.pulumi_resource_name) == (operator.type, operator.name)


def test_each_login_is_kept_as_an_item_of_its_name() -> None:
    assert secrets().of(":SavedLogin") == []
    recording = secrets("argocd-admin", "other-admin")
    for name in ("argocd-admin", "other-admin"):
        assert recording.one(":Item", name).inputs["vault"] == VAULT


def test_a_login_is_read_where_its_controller_is(recording: Recording[Any]) -> None:
    assert recording.reads == ["apart/argocd-initial-admin-secret"]
