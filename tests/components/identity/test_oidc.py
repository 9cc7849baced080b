"""OpenID Connect: one client for each application."""

from __future__ import annotations

import pytest

from components.identity.oidc import OidcClient, OidcClientArgs
from components.kit import RelyingParty
from components.vocabulary import ADMINS, USERS
from tests.support.parts import shared, store
from tests.support.recorder import Recording, Secret, record

PARTY = RelyingParty(
    name="app", title="App", host="app.example.org", callback="/callback", groups=[ADMINS, USERS], icon="icon.png"
)


def client() -> OidcClient:
    return OidcClient("app", OidcClientArgs(party=PARTY, shared=shared(), store=store()))


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
    # Any of them is enough, so that their order says nothing.
    found = {(item.inputs["order"], item.inputs["group"]) for item in recording.of(":PolicyBinding")}
    assert found == {(0, f"{group}-id") for group in (ADMINS, USERS)}
    assert {item.inputs["target"] for item in recording.of(":PolicyBinding")} == {"app-uuid"}


def test_the_tile_leads_to_the_application(recording: Recording[OidcClient]) -> None:
    application = recording.one("application:Application", "app").inputs
    assert (application["name"], application["slug"]) == ("App", "app")
    assert (application["metaLaunchUrl"], application["metaIcon"]) == ("https://app.example.org", "icon.png")
