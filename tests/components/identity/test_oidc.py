"""OpenID Connect: one client for each application."""

from __future__ import annotations

from typing import Any

import pytest
from components.identity.directory import ADMINS, USERS

from components.identity import OidcClient, OidcClientArgs, oidc_sign_in
from tests.support.parts import directory, store
from tests.support.recorder import Recording, Secret, record

SIGN_IN = oidc_sign_in("app", url="https://auth.example.org", callback="https://app.example.org/callback")


def client() -> OidcClient:
    return OidcClient(
        "app",
        OidcClientArgs(
            title="App",
            launch_url="https://app.example.org",
            sign_in=SIGN_IN,
            groups=[ADMINS, USERS],
            directory=directory(),
            store=store(),
        ),
    )


@pytest.fixture(scope="module")
def recording() -> Recording[OidcClient]:
    return record(client)


def test_the_credentials_are_made_up_by_1password(recording: Recording[OidcClient]) -> None:
    lengths = {
        item.name: item.inputs["passwordRecipe"]["length"]
        for item in recording.of(":Item")
        if "passwordRecipe" in item.inputs
    }
    assert lengths == {"app-oidc-client-id": 40, "app-oidc-client-secret": 64}
    assert recording.result.item.labels == {"client-id", "client-secret"}


def test_the_provider_takes_one_redirect_to_the_letter_and_signs_by_the_servers_key(
    recording: Recording[OidcClient],
) -> None:
    made = recording.one(":ProviderOauth2", "app").inputs
    assert made["allowedRedirectUris"] == [{"matching_mode": "strict", "url": "https://app.example.org/callback"}]
    assert made["clientType"] == "confidential"
    assert made["signingKey"] == "key-pair-id"
    assert made["authorizationFlow"] == "homelab-authorization-uuid"
    assert made["invalidationFlow"] == "homelab-invalidation-uuid"
    assert sorted(made["propertyMappings"]) == ["homelab-email-id", "homelab-openid-id", "homelab-profile-id"]


def test_the_provider_gets_the_credentials_as_secrets(recording: Recording[OidcClient]) -> None:
    made = recording.one(":ProviderOauth2", "app").inputs
    assert made["clientId"] == Secret("generated-app-oidc-client-id")
    assert made["clientSecret"] == Secret("generated-app-oidc-client-secret")


def test_members_of_any_of_the_groups_are_let_in(recording: Recording[OidcClient]) -> None:
    application = recording.one("application:Application", "app").inputs
    assert application["policyEngineMode"] == "any"
    assert application["protocolProvider"] == 8
    found = sorted((item.inputs["order"], item.inputs["group"]) for item in recording.of(":PolicyBinding"))
    assert found == [(0, f"{ADMINS}-id"), (1, f"{USERS}-id")]
    assert {item.inputs["target"] for item in recording.of(":PolicyBinding")} == {"app-uuid"}


def test_a_client_that_nobody_may_use_is_refused() -> None:
    where: Any = record(lambda: (directory(), store())).result
    with pytest.raises(ValueError, match="groups: expected at least one group that may use App"):
        OidcClientArgs(title="App", launch_url="", sign_in=SIGN_IN, groups=[], directory=where[0], store=where[1])


def test_the_addresses_are_those_of_authentiks_discovery_document() -> None:
    endpoints = SIGN_IN.endpoints
    own = "https://auth.example.org/application/o"
    assert endpoints.issuer == f"{own}/app/"
    assert endpoints.authorization == f"{own}/authorize/"
    assert endpoints.token == f"{own}/token/"
    assert endpoints.userinfo == f"{own}/userinfo/"
    assert endpoints.jwks == f"{own}/app/jwks/"
    assert endpoints.end_session == f"{own}/app/end-session/"
    assert SIGN_IN.secret_name == "secret-app-oidc"
