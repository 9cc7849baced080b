"""Zero trust: Cloudflare asks Authentik first."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity import (
    AccessApplication,
    AccessApplicationArgs,
    OidcClient,
    OidcClientArgs,
    ZeroTrust,
    ZeroTrustArgs,
    access_callback,
    oidc_sign_in,
)
from components.identity.directory import ADMINS
from tests.support.parts import directory, store
from tests.support.recorder import Recording, Secret, record


def application() -> AccessApplication:
    client = OidcClient(
        "access",
        OidcClientArgs(
            title="Access",
            launch_url="https://homelab.cloudflareaccess.com",
            sign_in=oidc_sign_in("access", url="https://auth.example.org", callback=access_callback("homelab")),
            groups=[ADMINS],
            directory=directory(),
            store=store(),
        ),
    )
    zero_trust = ZeroTrust("zero-trust", ZeroTrustArgs(account_id="account", client=client, groups=[ADMINS]))
    return AccessApplication(
        "ssh",
        AccessApplicationArgs(
            account_id="account",
            host="ssh.example.org",
            kind="ssh",
            session="8h",
            group=ADMINS,
            zero_trust=zero_trust,
        ),
    )


@pytest.fixture(scope="module")
def recording() -> Recording[AccessApplication]:
    return record(application)


def test_the_identity_provider_is_authentik_with_the_clients_credentials(recording: Recording[Any]) -> None:
    made = recording.one(":ZeroTrustAccessIdentityProvider", "zero-trust").inputs
    assert (made["type"], made["name"], made["accountId"]) == ("oidc", "Authentik", "account")
    config = made["config"]
    assert isinstance(config, Secret)
    assert config.value == {
        "authUrl": "https://auth.example.org/application/o/authorize/",
        "tokenUrl": "https://auth.example.org/application/o/token/",
        "certsUrl": "https://auth.example.org/application/o/access/jwks/",
        "clientId": "generated-access-oidc-client-id",
        "clientSecret": "generated-access-oidc-client-secret",
        "scopes": ["openid", "email", "profile"],
        "claims": ["groups"],
        "pkceEnabled": True,
    }


def test_a_policy_lets_in_whom_authentik_says_to_be_in_the_group(recording: Recording[Any]) -> None:
    made = recording.one(":ZeroTrustAccessPolicy", f"zero-trust-{ADMINS}").inputs
    assert made["decision"] == "allow"
    claim = {"claimName": "groups", "claimValue": ADMINS, "identityProviderId": "zero-trust-id"}
    assert made["includes"] == [{"oidc": claim}]


def test_the_application_is_reached_by_that_policy_and_that_provider_only(recording: Recording[Any]) -> None:
    assert recording.one(":ZeroTrustAccessApplication", "ssh").inputs == {
        "accountId": "account",
        "name": "ssh.example.org",
        "type": "ssh",
        "domain": "ssh.example.org",
        "destinations": [{"type": "public", "uri": "ssh.example.org"}],
        "sessionDuration": "8h",
        "allowedIdps": ["zero-trust-id"],
        "autoRedirectToIdentity": True,
        "policies": [{"id": f"zero-trust-{ADMINS}-id", "precedence": 1}],
    }


def test_cloudflares_redirect_is_the_one_that_authentik_accepts(recording: Recording[Any]) -> None:
    (redirect,) = recording.one(":ProviderOauth2", "access").inputs["allowedRedirectUris"]
    assert redirect["url"] == "https://homelab.cloudflareaccess.com/cdn-cgi/access/callback"
