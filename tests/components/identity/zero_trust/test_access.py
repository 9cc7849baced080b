"""What Cloudflare Access knows: Cloudflare asks Authentik first."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity.zero_trust.access import (
    AccessApplication,
    AccessApplicationArgs,
    AccessPolicies,
    AccessPoliciesArgs,
)
from components.kit import Generated, VaultItem, VaultItemArgs
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET
from components.vocabulary import ADMINS
from tests.support.parts import site, store
from tests.support.recorder import Recording, Secret, record


def application() -> AccessApplication:
    fields = {CLIENT_ID: Generated(), CLIENT_SECRET: Generated()}
    policies = AccessPolicies(
        "zero-trust",
        AccessPoliciesArgs(
            account_id="account",
            endpoints=site().oidc("access"),
            credentials=VaultItem("access-oidc", VaultItemArgs(store=store(), fields=fields)),
            groups=[ADMINS],
        ),
    )
    return AccessApplication(
        "ssh",
        AccessApplicationArgs(
            account_id="account",
            host="ssh.example.org",
            kind="ssh",
            session="8h",
            group=ADMINS,
            policies=policies,
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
