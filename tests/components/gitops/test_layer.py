"""The layer of delivery: Argo CD, and what it needs of the layers after it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.gitops import GitOps, GitOpsArgs
from components.kit import Contributions, Oidc, TraefikRoute
from components.vocabulary import ADMINS, USERS
from tests.support.parts import site
from tests.support.recorder import Recording, record

HOST = "argocd.example.org"


def build() -> tuple[Contributions, GitOps]:
    found = Contributions()
    return found, GitOps("gitops", GitOpsArgs(site=site(), contributions=found, host=HOST))


@pytest.fixture(scope="module")
def recording() -> Recording[tuple[Contributions, GitOps]]:
    return record(build)


def test_controllers_belong_to_its_project(recording: Recording[Any]) -> None:
    _, layer = recording.result
    made = recording.one(":AppProject", "argocd-k8s-infra")
    assert made.object_name == f"{layer.project.namespace.name}/{layer.project.name}"
    assert (layer.project.ready.pulumi_resource_type, layer.project.ready.pulumi_resource_name) == (
        made.type,
        made.name,
    )


def test_it_signs_its_users_in_by_itself_and_is_reached_through_traefik(recording: Recording[Any]) -> None:
    found, layer = recording.result
    (entry,) = found.catalog.close()
    sign_in = Oidc(callback="/auth/callback", groups=(ADMINS, USERS))
    assert entry.exposure == TraefikRoute(host=HOST, sign_in=sign_in)
    assert entry.endpoint is not None
    assert entry.endpoint.host == "argocd-server.argocd.svc"
    party = layer.registration.party
    assert (party.name, party.redirect_uri, tuple(party.groups)) == (
        entry.name,
        f"https://{HOST}/auth/callback",
        sign_in.groups,
    )


def test_it_reads_its_credentials_where_authentik_will_be_told_to_put_them(recording: Recording[Any]) -> None:
    _, layer = recording.result
    registration = layer.registration
    config = recording.one(":Release", "argocd").inputs["values"]["configs"]["cm"]
    assert json.loads(config["oidc.config"])["clientID"] == f"${registration.party.secret_name}:client-id"
    assert registration.namespace.name == "argocd"
    # Argo CD reads only Secrets that say that they are part of it.
    assert registration.labels == {"app.kubernetes.io/part-of": "argocd"}


def test_its_own_administrator_is_the_one_whose_password_it_makes_up(recording: Recording[Any]) -> None:
    _, layer = recording.result
    login = layer.local_admin
    assert (login.username, login.namespace.name) == ("admin", "argocd")
    assert login.secret == "argocd-initial-admin-secret"
