from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import UNKNOWN, Properties, Secret
from tests.support.accounts import ACCOUNT, ZONE, Driver, cloudflare

PROVIDER = "ZeroTrustAccessIdentityProvider"
POLICY = "ZeroTrustAccessPolicy"
APPLICATION = "ZeroTrustAccessApplication"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def cf(tmp_path: Path) -> Driver:
    return cloudflare(tmp_path)


def oidc(**more: Any) -> Properties:
    config = {
        "authUrl": "https://id.example.org/authorize/",
        "tokenUrl": "https://id.example.org/token/",
        "certsUrl": "https://id.example.org/jwks/",
        "clientId": "cf",
        "clientSecret": Secret("hush"),
        "scopes": ["openid", "email", "profile"],
        "claims": ["groups"],
        "pkceEnabled": True,
        "emailClaimName": "email",
    }
    return {"accountId": ACCOUNT, "name": "Authentik", "type": "oidc", "config": {**config, **more}}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({**oidc(), "type": "saml"}, 'type: "saml" is not one of: oidc, onetimepin'),
        ({**oidc(), "zoneId": ZONE}, "zoneId: the sandbox does not know this property"),
        (oidc(authUrl="id.example.org"), 'config.authUrl: "id.example.org" is not an http or https URL'),
        (oidc(issuerUrl="https://a"), "config.issuerUrl: the sandbox does not know this property"),
        (oidc(clientSecret=Secret("")), "config.clientSecret: the given value is not a text that is not empty"),
        (oidc(certsUrl=None), "identity provider Authentik: config lacks certsUrl"),
        (
            {**oidc(), "type": "onetimepin"},
            "config.authUrl: this may be given for type oidc only, and type is onetimepin",
        ),
        ({**oidc(), "accountId": "f" * 32}, "Authentication error (10000)"),
    ],
)
def test_identity_provider_refusals(cf: Driver, inputs: Properties, message: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(message)) as refusal:
        cf.make(PROVIDER, **inputs)
    assert "hush" not in str(refusal.value)


def test_an_identity_provider(cf: Driver) -> None:
    _, outputs = cf.make(PROVIDER, **oidc())
    assert outputs["config"]["clientSecret"] == Secret("hush")
    assert cf.diff(PROVIDER, outputs, **oidc()) == []
    found = cf.diff(PROVIDER, outputs, **oidc(clientSecret=Secret("new")))
    assert [(change.path, change.replace) for change in found] == [("config.clientSecret", False)]
    cf.make(PROVIDER, accountId=ACCOUNT, name="PIN", type="onetimepin", config={})


def group_rule(provider: Any = NOBODY) -> Properties:
    return {"oidc": {"claimName": "groups", "claimValue": "admins", "identityProviderId": provider}}


def policy(**more: Any) -> Properties:
    return {"accountId": ACCOUNT, "name": "admins", "decision": "allow", "includes": [{"everyone": {}}], **more}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (policy(decision="permit"), 'decision: "permit" is not one of: allow, deny, non_identity, bypass'),
        (policy(sessionDuration=""), 'sessionDuration: "" is not a duration such as 30m or 24h'),
        (policy(sessionDuration="1 day"), 'sessionDuration: "1 day" is not a duration such as 30m or 24h'),
        (policy(includes=[{"group": {"id": "g"}}]), "includes[0].group: the sandbox does not know this property"),
        (
            policy(includes=[{"oidc": {"claimName": "groups"}}]),
            "includes[0].oidc.claimValue: this property is required",
        ),
        (policy(includes=[{"email": {"email": ""}}]), 'includes[0].email.email: "" is not a text that is not empty'),
        (policy(includes=[]), "policy admins: includes: a policy needs at least one include rule"),
        (policy(includes=[{}]), "includes[0]: a rule has exactly one selector, this one has 0"),
        (policy(includes=[{"everyone": {}, **group_rule()}]), "a rule has exactly one selector, this one has 2"),
        (policy(includes=[group_rule()]), "policy admins: includes[0]: there is no identity provider 0000"),
        (policy(requires=[{"loginMethod": {"id": NOBODY}}]), "requires[0]: there is no identity provider 0000"),
    ],
)
def test_policy_refusals(cf: Driver, inputs: Properties, message: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(message)):
        cf.make(POLICY, **inputs)


def application(**more: Any) -> Properties:
    return {
        "accountId": ACCOUNT,
        "name": "ssh",
        "type": "ssh",
        "domain": "ssh.example.org",
        "sessionDuration": "8h",
        **more,
    }


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (application(type="telnet"), 'type: "telnet" is not one of: self_hosted, ssh, vnc, bookmark'),
        (application(sessionDuration=""), 'sessionDuration: "" is not a duration such as 30m or 24h'),
        (application(saasApp={}), "saasApp: the sandbox does not know this property"),
        (
            application(destinations=[{"type": "private", "uri": "x"}]),
            'destinations[0].type: "private" is not one of: pub',
        ),
        (application(policies=[{"precedence": 1}]), "policies[0].id: this property is required and missing"),
        (application(sameSiteCookieAttribute="no"), 'sameSiteCookieAttribute: "no" is not one of: none, lax, strict'),
        (application(domain=None), "application ssh: domain or destinations is needed"),
        (
            application(domain="ssh.example.com"),
            "ssh.example.com lies in none of the account's zones: example.net, example",
        ),
        (application(domain="https:// x"), "is not a host with or without a path"),
        (
            application(domain="taken.example.org"),
            "application_already_exists (11010): taken.example.org is protected by",
        ),
        (application(policies=[{"id": NOBODY}]), "application ssh: policies[0]: there is no policy 0000"),
        (application(allowedIdps=[NOBODY]), "application ssh: allowedIdps[0]: there is no identity provider 0000"),
        (
            application(autoRedirectToIdentity=True),
            "autoRedirectToIdentity needs exactly one of allowedIdps, there are 0",
        ),
    ],
)
def test_application_refusals(cf: Driver, inputs: Properties, message: str) -> None:
    cf.make(APPLICATION, accountId=ACCOUNT, name="taken", domain="taken.example.org")
    with pytest.raises(ProviderError, match=re.escape(message)):
        cf.make(APPLICATION, **inputs)


def test_access_as_a_whole(cf: Driver) -> None:
    provider, _ = cf.make(PROVIDER, **oidc())
    admins, made = cf.make(POLICY, **policy(includes=[group_rule(provider)], sessionDuration="8h"))
    assert (made["reusable"], made["appCount"]) == (True, 0)
    inputs = application(
        allowedIdps=[provider], autoRedirectToIdentity=True, policies=[{"id": admins, "precedence": 1}]
    )
    own, outputs = cf.make(APPLICATION, **inputs)
    assert re.fullmatch("[0-9a-f]{64}", outputs["aud"])
    assert outputs["destinations"] == [{"type": "public", "uri": "ssh.example.org"}]
    assert outputs["selfHostedDomains"] == ["ssh.example.org"]
    assert cf.diff(APPLICATION, outputs, **inputs) == []
    with pytest.raises(ProviderError, match="policies: each needs a precedence of its own"):
        cf.change(APPLICATION, own, outputs, **{**inputs, "policies": [{"id": admins, "precedence": 1}] * 2})
    changed = cf.change(APPLICATION, own, outputs, **{**inputs, "sessionDuration": "24h"})
    assert changed["aud"] == outputs["aud"]
    again = cf.change(POLICY, admins, made, **policy(includes=[group_rule(provider)]))
    assert again["appCount"] == 1
    planned = cf.plan(APPLICATION, **application(policies=[{"id": UNKNOWN, "precedence": 1}], allowedIdps=[UNKNOWN]))
    assert planned["aud"] is UNKNOWN


def test_paths_of_one_host_are_different_applications(cf: Driver) -> None:
    cf.make(APPLICATION, accountId=ACCOUNT, name="a", domain="a.example.org")
    uris = [{"type": "public", "uri": "a.example.org/admin"}, {"uri": "*.example.org/b"}]
    _, outputs = cf.make(APPLICATION, accountId=ACCOUNT, destinations=uris)
    assert (outputs["name"], outputs["type"], outputs["sessionDuration"]) == (
        "a.example.org/admin",
        "self_hosted",
        "24h",
    )
