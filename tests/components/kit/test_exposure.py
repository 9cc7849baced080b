"""The typed choices of how a service is reached, and how one signs in."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from components.kit import (
    Access,
    AccessIngress,
    CatalogEntry,
    Exposure,
    ForwardAuth,
    Internal,
    Oidc,
    Public,
    SignIn,
    TraefikRoute,
    TunnelIngress,
)
from components.vocabulary import ADMINS, USERS, SignInKind
from tests.support.parts import namespace
from tests.support.recorder import record

HOST = "music.example.org"
PUBLIC = Public(reason="it shows nothing")
SIGN_INS: dict[str, SignIn] = {
    "Authentik (OIDC)": Oidc(callback="/callback", groups=[USERS]),
    "Authentik (forward auth)": ForwardAuth(group=USERS),
    "Authentik (Cloudflare Access)": Access(group=ADMINS),
    "none (public)": PUBLIC,
}


def test_every_sign_in_has_a_word_for_machines_and_one_for_people() -> None:
    assert {item.kind for item in SIGN_INS.values()} == set(SignInKind)
    assert [item.description for item in SIGN_INS.values()] == list(SIGN_INS)


def test_a_sign_in_is_a_value_that_nobody_changes() -> None:
    assert ForwardAuth(group=USERS) == ForwardAuth(group=USERS)
    with pytest.raises(FrozenInstanceError):
        PUBLIC.reason = "another"  # type: ignore[misc]


def test_paths_past_forward_auth_need_a_reason() -> None:
    with pytest.raises(ValueError, match="open_paths_reason has to say why paths are let past forward auth"):
        ForwardAuth(group=USERS, open_paths=("/rest",))


def test_paths_past_forward_auth_are_accepted_with_a_reason() -> None:
    found = ForwardAuth(group=USERS, open_paths=("/rest",), open_paths_reason="it has credentials")
    assert found.open_paths == ("/rest",)


@pytest.mark.parametrize(
    ("exposure", "url"),
    [
        (TraefikRoute(host=HOST, sign_in=PUBLIC), f"https://{HOST}"),
        (TraefikRoute(host=HOST, path="/files", sign_in=PUBLIC), f"https://{HOST}/files"),
        (TraefikRoute(host=HOST, path="/files/", sign_in=PUBLIC), f"https://{HOST}/files"),
        (TunnelIngress(host=HOST, sign_in=PUBLIC), f"https://{HOST}"),
        (AccessIngress(host=HOST, sign_in=Access(group=ADMINS), tunnel_id="tunnel"), f"https://{HOST}"),
        (Internal(), ""),
    ],
)
def test_an_entry_knows_where_people_find_it(exposure: Exposure, url: str) -> None:
    def entry() -> CatalogEntry:
        return CatalogEntry(
            name="music", title="Music", description="", namespace=namespace(), endpoint=None, exposure=exposure
        )

    assert record(entry).result.url == url
