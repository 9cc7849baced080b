"""What Access would make of the account is asked of its live objects; each mistake in them is found."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from drills.tunnel.access import wrong

HOST = "nas.example.org"
OIDC = {"claimName": "groups", "claimValue": "admins", "identityProviderId": "idp"}
ACCOUNT: dict[str, Any] = {
    "objects": {
        "ZeroTrustAccessApplication": {
            "app": {"domain": HOST, "allowedIdps": ["idp"], "policies": [{"id": "p", "precedence": 1}]}
        },
        "ZeroTrustAccessPolicy": {"p": {"decision": "allow", "includes": [{"oidc": OIDC}]}},
        "ZeroTrustTunnelCloudflaredConfig": {
            "t": {"config": {"ingresses": [{"hostname": HOST, "originRequest": {"access": {"required": True}}}]}}
        },
    }
}


def found(groups: dict[str, str] | None = None, **changed: dict[str, Any]) -> list[str]:
    data = copy.deepcopy(ACCOUNT)
    for kind, values in changed.items():
        data["objects"][kind].update(values)
    return list(wrong(data, {HOST: "admins"} if groups is None else groups))


def test_the_group_is_let_in_and_nobody_else() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ZeroTrustAccessPolicy": {"p": {"decision": "allow", "includes": [{"everyone": {}}]}}}, "is let in"),
        (
            {"ZeroTrustAccessPolicy": {"p": {"decision": "bypass", "includes": [{"everyone": {}}]}}},
            "is open to everybody",
        ),
        ({"ZeroTrustAccessPolicy": {"p": {"decision": "deny", "includes": [{"oidc": OIDC}]}}}, "is refused"),
        ({"ZeroTrustAccessApplication": {"app": {"domain": "a.example.org"}}}, "is open to everybody"),
    ],
)
def test_a_mistake_in_the_account_is_found(changed: dict[str, Any], said: str) -> None:
    assert said in found(**changed)[0]


def test_a_host_that_nobody_asked_about_is_found() -> None:
    assert "the tunnel has nas.example.org" in found(groups={})[0]
