"""The way into a controller when Authentik is down."""

from __future__ import annotations

import pulumi
import pytest
from pulumi.runtime import rpc

from components.kit import ControllerLogin
from components.secrets.login import SavedLogin, SavedLoginArgs
from tests.support.parts import done, namespace, store
from tests.support.recorder import Recording, Secret, record


def admin() -> SavedLogin:
    installed: pulumi.Output[object] = done("argocd-runs").id.apply(lambda identifier: identifier)
    login = ControllerLogin(
        username="admin", namespace=namespace("argocd"), secret="argocd-initial-admin-secret", installed=installed
    )
    return SavedLogin("admin", SavedLoginArgs(login=login, store=store()))


@pytest.fixture(scope="module")
def recording() -> Recording[SavedLogin]:
    return record(admin)


def test_the_password_that_argo_cd_made_up_is_kept_in_the_vault(recording: Recording[SavedLogin]) -> None:
    sections = recording.one(":Item", "admin").inputs["sections"]
    assert isinstance(sections, Secret)
    values = {field["label"]: field["value"] for field in sections.value[0]["fields"]}
    assert values == {"username": "admin", "password": "generated-by-argocd"}


def test_it_is_read_where_argo_cd_puts_it(recording: Recording[SavedLogin]) -> None:
    assert recording.reads == ["argocd/argocd-initial-admin-secret"]


def test_a_first_preview_does_not_look_for_it() -> None:
    assert record(admin, preview=True).reads == [rpc.UNKNOWN]
