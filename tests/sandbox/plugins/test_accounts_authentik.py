from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.plugins.accounts.authentik.fresh import EMBEDDED, KEY_PAIR, LOCAL_CLUSTER
from sandbox.plugins.interface import ProviderError
from sandbox.plugins.wire import UNKNOWN, Properties, Secret
from tests.support.accounts import URL, Driver, authentik, flow, oauth2, proxy, refused

NOTHING = "00000000-0000-0000-0000-000000000000"
GROUP_MISSING = f'Invalid pk \\"{NOTHING}\\" - object does not exist: there is no such Group'
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"


@pytest.fixture
def ak(tmp_path: Path) -> Driver:
    return authentik(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"url": URL}, "provider argument token: this property is required and missing"),
        ({"url": "grathnode", "token": "t"}, 'provider argument url: "grathnode" is not an http or https URL'),
        ({"url": URL, "token": "t", "insecure": "yes"}, 'provider argument insecure: "yes" is not one of: true, false'),
        (
            {"url": URL, "token": "t", "timeout": 3},
            "provider argument timeout: the sandbox does not know this property",
        ),
    ],
)
def test_provider_arguments(ak: Driver, arguments: Properties, message: str) -> None:
    assert ak.provider.check_config(arguments)[0].reason.startswith(message)


def test_the_server_has_to_be_up_where_it_is_called(ak: Driver) -> None:
    account = ak.provider.account
    own, _ = ak.make("Group", name="admins")
    account_url = re.escape(f"{URL} does not answer (connection refused): is the authentik server up?")
    for change in ({"up": False}, {"up": True, "url": "https://elsewhere.example.org"}):
        with account.edit() as data:
            data.update(change)
        for call in (lambda: ak.make("Group", name="b"), lambda: ak.read("Group", own), lambda: flow(ak, "x")):
            with pytest.raises(ProviderError, match=account_url):
                call()
    with account.edit() as data:
        data.update(up=True, url=f"{URL}/")
    assert ak.read("Group", own) is not None
    ak.provider.configure({"url": URL, "token": Secret("guess")})
    with pytest.raises(ProviderError, match=r"403 Forbidden.*Token invalid/expired") as refusal:
        ak.read("Group", own)
    assert "guess" not in str(refusal.value)


def test_a_preview_needs_no_server(ak: Driver) -> None:
    with ak.provider.account.edit() as data:
        data["up"] = False
    planned = ak.plan(
        "ProviderProxy",
        name="n",
        externalHost="https://n.example.org",
        authorizationFlow=UNKNOWN,
        invalidationFlow=UNKNOWN,
    )
    assert planned["providerProxyId"] is UNKNOWN
    assert planned["mode"] == "proxy"


def test_the_package_is_the_only_one(ak: Driver) -> None:
    ak.provider.parameterize("authentik", "2025.8.1")
    with pytest.raises(ProviderError, match="does not simulate package datadog 1, only authentik"):
        ak.provider.parameterize("datadog", "1")


def test_what_a_fresh_server_has(ak: Driver) -> None:
    for slug in (
        "default-authentication-flow",
        "default-provider-authorization-explicit-consent",
        "default-invalidation-flow",
    ):
        assert re.fullmatch(r"[0-9a-f-]{36}", flow(ak, slug))
    names = [
        f"goauthentik.io/providers/oauth2/scope-{scope}" for scope in ("openid", "email", "profile", "entitlements")
    ]
    scopes = ak.look("getPropertyMappingProviderScope", managedLists=names)["ids"]
    assert len(set(scopes)) == 4
    assert ak.look("getPropertyMappingProviderScope", managed=names[1])["id"] == scopes[1]
    assert ak.look("getPropertyMappingProviderScope", scopeName="ak_proxy")["managed"].endswith("proxy/scope-proxy")
    assert ak.look("getGroup", name="authentik Admins")["isSuperuser"] is True
    assert ak.look("getServiceConnectionKubernetes", local=True)["name"] == LOCAL_CLUSTER
    assert ak.look("getBrand", default=True)["domain"] == "authentik-default"
    assert EMBEDDED in [value["name"] for value in ak.provider.account.read()["objects"]["Outpost"].values()]


def test_a_key_pair_is_looked_up_with_as_much_of_it_as_is_wanted(ak: Driver) -> None:
    token = "authentik:index/getCertificateKeyPair:getCertificateKeyPair"
    whole = ak.provider.invoke(token, {"name": KEY_PAIR})
    assert "PRIVATE KEY" in whole["keyData"].value
    part = ak.look("getCertificateKeyPair", name=KEY_PAIR, fetchKey=False, fetchCertificate=False)
    assert (part["keyData"], part["certificateData"], part["id"]) == ("", "", whole["id"])


@pytest.mark.parametrize(
    ("function", "args", "message"),
    [
        (
            "getFlow",
            {"slug": "nope"},
            "lookup getFlow: 0 objects with slug 'nope', expected one; the server has: default-",
        ),
        ("getFlow", {"designation": "authorization"}, "lookup getFlow: 2 objects with designation 'authorization'"),
        ("getFlow", {}, "lookup getFlow: say which one is wanted"),
        ("getFlow", {"title": "x"}, "title: the sandbox does not know this property"),
        ("getGroup", {"name": "nope"}, "0 objects with name 'nope', expected one; the server has: authentik Admins"),
        ("getGroup", {"pk": NOTHING}, "lookup getGroup: there is no group 0000"),
        ("getPropertyMappingProviderScope", {"managedLists": ["a"]}, "0 objects with managed 'a'"),
        ("getCertificateKeyPair", {"name": "nope"}, "the server has: authentik Self-signed Certificate"),
        ("getCertificateKeyPair", {}, "name: this property is required and missing"),
        ("getBrand", {"domain": "example.org"}, "0 objects with domain 'example.org'"),
    ],
)
def test_lookup_refusals(ak: Driver, function: str, args: Properties, message: str) -> None:
    with pytest.raises(ProviderError, match=re.escape(message)):
        ak.look(function, **args)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "forward"}, 'mode: "forward" is not one of: proxy, forward_single, forward_domain'),
        ({"externalHost": "n.example.org"}, 'externalHost: "n.example.org" is not an http or https URL'),
        ({"externalHost": None}, "externalHost: this property is required and missing"),
        ({"accessTokenValidity": "10m"}, 'accessTokenValidity: "10m" is not a span of time such as hours=1;minutes=30'),
        ({"skipPathRegex": "("}, 'skipPathRegex: "(" is not a regular expression'),
        ({"jwksSources": []}, "jwksSources: the sandbox does not know this property"),
        (
            {"authorizationFlow": "default-provider-authorization-implicit-consent"},
            '{"authorizationFlow": ["Invalid pk',
        ),
        ({"invalidationFlow": NOTHING}, '{"invalidationFlow": ["Invalid pk'),
        ({"propertyMappings": [NOTHING]}, '{"propertyMappings": ["Invalid pk'),
        ({"mode": "proxy"}, "Internal host cannot be empty when forward auth is disabled."),
        ({"mode": "forward_domain"}, "a provider for a whole domain needs cookieDomain"),
        (
            {"mode": "forward_domain", "cookieDomain": "example.com"},
            "n.example.org is not inside the cookie domain example",
        ),
        ({"name": "taken"}, "ProviderOauth2 1 has this name already"),
    ],
)
def test_proxy_provider_refusals(ak: Driver, change: Properties, message: str) -> None:
    ak.make("ProviderOauth2", **oauth2(ak, name="taken"))
    refused(ak, "ProviderProxy", proxy(ak, **change), message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"clientType": "secret"}, 'clientType: "secret" is not one of: confidential, public'),
        ({"subMode": "email"}, 'subMode: "email" is not one of: hashed_user_id, user_id,'),
        ({"issuerMode": "own"}, 'issuerMode: "own" is not one of: global, per_provider'),
        ({"accessCodeValidity": ""}, 'accessCodeValidity: "" is not a span of time'),
        ({"allowedRedirectUris": ["https://a"]}, "allowedRedirectUris[0]: expected a map, was given a string"),
        (
            {"allowedRedirectUris": [{"matchingMode": "strict", "url": "https://a"}]},
            "is not a map with the keys matching_m",
        ),
        ({"allowedRedirectUris": [{"matching_mode": "exact", "url": "https://a"}]}, "(strict or regex) and url"),
        ({"allowedRedirectUris": [{"matching_mode": "regex", "url": "("}]}, "is not a regular expression"),
        (
            {"allowedRedirectUris": [{"matching_mode": "strict", "url": "a"}]},
            "allowedRedirectUris[0].url: a is not a URI",
        ),
        ({"redirectUris": []}, "redirectUris: the sandbox does not know this property"),
        ({"signingKey": NOTHING}, '{"signingKey": ["Invalid pk'),
        ({"clientId": "taken", "name": "n"}, "provider argocd (1) has this client id already"),
    ],
)
def test_oauth2_provider_refusals(ak: Driver, change: Properties, message: str) -> None:
    ak.make("ProviderOauth2", **oauth2(ak, clientId="taken"))
    refused(ak, "ProviderOauth2", oauth2(ak, **{"name": "other", **change}), message)


def test_an_oauth2_provider(ak: Driver) -> None:
    key = ak.look("getCertificateKeyPair", name=KEY_PAIR)["id"]
    inputs = oauth2(ak, signingKey=key, clientSecret=Secret("s3cret"), propertyMappings=[])
    own, outputs = ak.make("ProviderOauth2", **inputs)
    assert own == outputs["providerOauth2Id"] == "1"
    assert outputs["clientSecret"] == Secret("s3cret")
    assert outputs["accessTokenValidity"] == "minutes=10"
    assert outputs["allowedRedirectUris"][0]["matching_mode"] == "strict"
    assert ak.diff("ProviderOauth2", outputs, **inputs) == []
    rotated = ak.change("ProviderOauth2", own, outputs, **{**inputs, "clientSecret": Secret("new")})
    assert rotated["clientSecret"] == Secret("new")
    _, generated = ak.make("ProviderOauth2", **oauth2(ak, name="g", clientId="g"))
    assert re.fullmatch("[a-zA-Z0-9]{128}", generated["clientSecret"].value)


def test_a_proxy_provider_keeps_what_the_server_chose(ak: Driver) -> None:
    own, outputs = ak.make("ProviderProxy", **proxy(ak))
    assert (outputs["providerProxyId"], len(outputs["clientId"]), len(outputs["propertyMappings"])) == ("1", 40, 5)
    changed = ak.change("ProviderProxy", own, outputs, **proxy(ak, skipPathRegex="^/rest/"))
    assert changed["clientId"] == outputs["clientId"]
    ak.make("ProviderProxy", **proxy(ak, name="d", mode="forward_domain", cookieDomain="example.org"))
