"""OpenID Connect: one client for each application."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from components.identity.oidc import OidcClient, OidcClientArgs
from components.kit import RelyingParty, RoleClaim
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


ROLE = RoleClaim(claim="app_role", roles={ADMINS: "admin", USERS: "member"}, otherwise="guest")


def with_role() -> Recording[OidcClient]:
    party = replace(PARTY, role=ROLE, more_callbacks=["/settings", "app.phone:///back"])
    return record(lambda: OidcClient("app", OidcClientArgs(party=party, shared=shared(), store=store())))


def test_further_places_to_come_back_to_are_below_the_host_or_in_an_app() -> None:
    redirects = with_role().one(":ProviderOauth2", "app").inputs["allowedRedirectUris"]
    assert [item["url"] for item in redirects] == [
        "https://app.example.org/callback",
        "https://app.example.org/settings",
        "app.phone:///back",
    ]
    assert {item["matching_mode"] for item in redirects} == {"strict"}


@pytest.mark.parametrize(
    ("groups", "role"), [([USERS, ADMINS], "admin"), ([USERS], "member"), (["others"], "guest"), ([], "guest")]
)
def test_a_claim_of_its_own_says_the_role_of_the_first_group_that_counts(groups: list[str], role: str) -> None:
    recording = with_role()
    mapping = recording.one(":PropertyMappingProviderScope", "app-role").inputs
    assert mapping["scopeName"] == "profile"
    assert "app-role-id" in recording.one(":ProviderOauth2", "app").inputs["propertyMappings"]
    # The expression is the body of a function of `request`, as in Authentik.
    body = "\n".join(f"    {line}" for line in mapping["expression"].splitlines())
    space: dict[str, Any] = {}
    exec(f"def scope(request):\n{body}", space)  # noqa: S102 - the program's own expression
    every = SimpleNamespace(all=lambda: [SimpleNamespace(name=name) for name in groups])
    request = SimpleNamespace(user=SimpleNamespace(ak_groups=every))
    assert space["scope"](request) == {"app_role": role}
