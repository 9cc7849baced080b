"""The layer of identity: Authentik's server and what is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pulumi
import pytest

from components.identity import Identity, IdentityArgs
from components.kit import CatalogEntry, Foundation, OidcRegistration, Public, RelyingParty, SyncedSecret, TraefikRoute
from components.settings import ClusterSettings
from components.vocabulary import ADMINS, USERS
from tests.support.parts import base, database, done, namespace, waits_for
from tests.support.recorder import Recording, Secret, record

LABELS = {"app.kubernetes.io/part-of": "early"}


def party(name: str) -> RelyingParty:
    return RelyingParty(name=name, title=name, host=f"{name}.example.org", callback="/callback", groups=[ADMINS])


@dataclass
class Built:
    base: Foundation
    layer: Identity
    late: SyncedSecret
    published: list[CatalogEntry] = field(default_factory=list)


def build() -> Built:
    found, published = base(), list[CatalogEntry]()

    def publish(entry: CatalogEntry) -> pulumi.Resource:
        published.append(entry)
        return done("route")

    args = IdentityArgs(
        base=found,
        host="auth.example.org",
        api_url="http://192.168.1.11:9000",
        token=pulumi.Output.secret("token"),
        administrator_email="admin@example.org",
        database=database,
        database_settings=ClusterSettings(),
        parties=[OidcRegistration(party=party("early"), namespace=namespace("early"), labels=LABELS)],
        publish=publish,
        tls_ready=done("tls"),
    )
    layer = Identity("identity", args)
    parent = pulumi.ComponentResource("test:kit:App", "late")
    late = layer.register(OidcRegistration(party=party("late"), namespace=namespace("late")), parent)
    return Built(found, layer, late, published)


@pytest.fixture(scope="module")
def recording() -> Recording[Built]:
    return record(build)


def accounts(recording: Recording[Any]) -> Any:
    """What is in Authentik."""
    return [item for item in recording.resources if item.type.startswith("authentik:")]


@pytest.mark.parametrize(
    ("kind", "name"), [(":ConfigMap", "route"), (":ConfigMap", "tls"), (":Application", "authentik")]
)
def test_the_provider_waits_until_the_server_its_route_and_its_certificate_are_there(
    recording: Recording[Built], kind: str, name: str
) -> None:
    assert waits_for(recording, recording.one("providers:authentik", "authentik"), kind, name)


def test_the_provider_calls_the_server_where_it_is_told_with_the_token_of_its_start(
    recording: Recording[Built],
) -> None:
    made = recording.one("providers:authentik", "authentik").inputs
    assert made["url"] == "http://192.168.1.11:9000"
    assert made["token"] == Secret("token")
    sections = recording.one(":Item", "authentik").inputs["sections"].value
    fields = {item["label"]: item["value"] for section in sections for item in section["fields"]}
    assert fields["bootstrap-token"] == "token"


def test_everything_in_authentik_is_made_by_that_provider(recording: Recording[Built]) -> None:
    provider = recording.one("providers:authentik", "authentik").urn
    assert accounts(recording)
    for item in accounts(recording):
        assert provider in item.provider, item.urn
    for token, used in recording.lookups.items():
        assert token.startswith("authentik:") is (provider in used), token


def test_the_server_itself_is_published_as_the_page_that_everybody_signs_in_at(recording: Recording[Built]) -> None:
    (entry,) = recording.result.published
    assert entry is recording.result.layer.entry
    assert isinstance(entry.exposure, TraefikRoute)
    assert entry.exposure.host == "auth.example.org"
    assert isinstance(entry.exposure.sign_in, Public)
    assert entry.endpoint == recording.result.layer.server
    # It is published already: what is made of the whole catalog must not do it again.
    assert recording.result.base.contributions.catalog.close() == ()


@pytest.mark.parametrize(("name", "parent"), [("early", ":Identity"), ("late", ":App")])
def test_a_relying_party_is_registered_below_whoever_asks_for_it(
    recording: Recording[Built], name: str, parent: str
) -> None:
    (owner,) = recording.of(parent)
    assert recording.one(":OidcClient", name).parent == owner.urn
    assert recording.one(":SyncedSecret", f"{name}-oidc").parent == owner.urn
    redirects = recording.one(":ProviderOauth2", name).inputs["allowedRedirectUris"]
    assert [item["url"] for item in redirects] == [f"https://{name}.example.org/callback"]


@pytest.mark.parametrize(("name", "labels"), [("early", LABELS), ("late", None)])
def test_its_credentials_are_a_secret_where_it_wants_them(
    recording: Recording[Built], name: str, labels: dict[str, str] | None
) -> None:
    made = recording.one(":OnePasswordItem", f"{name}-oidc")
    assert made.object_name == f"{name}/secret-{name}-oidc"
    assert made.inputs["metadata"].get("labels") == labels
    assert made.spec["itemPath"].endswith(f"/items/{name}-oidc-uuid")


def test_whoever_registers_gets_the_keys_of_its_credentials(recording: Recording[Built]) -> None:
    late = recording.result.late
    assert late.name == "secret-late-oidc"
    assert late.keys == {"client-id", "client-secret"}


def test_every_secret_is_handed_in_for_the_outputs(recording: Recording[Built]) -> None:
    names = [secret.name for secret in recording.result.base.contributions.secrets.close()]
    assert sorted(names) == ["secret-authentik", "secret-early-oidc", "secret-late-oidc"]


def test_the_groups_are_there_for_every_sign_in(recording: Recording[Built]) -> None:
    assert {ADMINS, USERS} <= set(recording.result.layer.shared.group_ids)
    brand = recording.of(":Brand")
    assert [item.inputs["domain"] for item in brand] == ["auth.example.org"]
