"""Sign-in by OpenID Connect, as the applications see it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from components.kit import OidcEndpoints, RelyingParty, synced_item
from components.vocabulary import USERS
from tests.support.parts import done, namespace, store
from tests.support.recorder import record

PARTY = RelyingParty(name="app", title="App", host="app.example.org", callback="/callback", groups=[USERS])


def test_the_addresses_are_those_of_authentiks_discovery_document() -> None:
    own = "https://auth.example.org/application/o"
    assert OidcEndpoints.of("https://auth.example.org", "app") == OidcEndpoints(
        issuer=f"{own}/app/",
        authorization=f"{own}/authorize/",
        token=f"{own}/token/",
        jwks=f"{own}/app/jwks/",
    )


def test_users_are_sent_back_below_the_applications_own_host() -> None:
    assert PARTY.launch_url == "https://app.example.org"
    assert PARTY.redirect_uri == "https://app.example.org/callback"


def test_its_secret_has_the_name_that_the_operator_gives_it() -> None:
    made = record(
        lambda: synced_item(PARTY.item, store=store(), namespace=namespace(), fields={}, parent=done("parent"))
    )
    assert PARTY.secret_name == made.result.name == "secret-app-oidc"


def test_a_relying_party_that_nobody_may_use_is_refused() -> None:
    with pytest.raises(ValueError, match="groups: expected at least one group that may use App"):
        replace(PARTY, groups=[])
