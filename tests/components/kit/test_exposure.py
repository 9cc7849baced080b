"""The typed choices of how a service is reached, and how one signs in."""

from __future__ import annotations

import pytest

from components.identity import oidc_sign_in
from components.kit import Access, ForwardAuth, Middleware, Oidc, Public, SignIn
from components.kit.exposure import describe, kind_of
from tests.support.parts import endpoint, namespace
from tests.support.recorder import record


def forward_auth(**more: str | tuple[str, ...]) -> ForwardAuth:
    chain = Middleware(namespace=namespace("traefik"), name="chain")
    return ForwardAuth(chain=chain, callback=endpoint("outpost"), **more)  # type: ignore[arg-type]


def sign_ins() -> list[SignIn]:
    client = oidc_sign_in("app", url="https://auth.example.org", callback="https://app.example.org/callback")
    return [Oidc(client=client), forward_auth(), Access(group="admins"), Public(reason="it shows nothing")]


def test_every_sign_in_has_a_word_for_machines_and_one_for_people() -> None:
    found = record(sign_ins).result
    assert [kind_of(item) for item in found] == ["oidc", "forward-auth", "access", "public"]
    assert [describe(item) for item in found] == [
        "Authentik (OIDC)",
        "Authentik (forward auth)",
        "Authentik (Cloudflare Access)",
        "none (public)",
    ]


def test_paths_past_forward_auth_need_a_reason() -> None:
    with pytest.raises(ValueError, match="open_paths_reason has to say why paths are let past forward auth"):
        record(lambda: forward_auth(open_paths=("/rest",)))


def test_paths_past_forward_auth_are_accepted_with_a_reason() -> None:
    found = record(lambda: forward_auth(open_paths=("/rest",), open_paths_reason="it has credentials")).result
    assert found.open_paths == ("/rest",)
