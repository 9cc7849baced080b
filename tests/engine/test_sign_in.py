"""The values that relying parties are given belong together: a real OpenID Connect client signs in with them.

What Argo CD reads in the cluster, and what Cloudflare Access has in its account, is used against a server that is
configured by the Authentik account alone.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet
from requests.adapters import HTTPAdapter

from tests.support.authorization_server import AuthorizationServer, User
from tests.support.world import World

ADMIN = User(username="ada", email="ada@harvestasya.org", name="Ada", groups=("homelab-admins", "homelab-users"))


@dataclass(frozen=True, kw_only=True)
class Client:
    """What a relying party knows."""

    issuer: str
    client_id: str
    client_secret: str
    redirect: str
    scopes: list[str]


class ToLoopback(HTTPAdapter):
    """Takes Authentik's public address to the server on loopback, as DNS and Traefik would."""

    def __init__(self, public: str, port: int) -> None:
        super().__init__()
        self.public, self.local = public, f"http://127.0.0.1:{port}"

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        request.url = str(request.url).replace(self.public, self.local, 1)
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def platform(world: World) -> World:
    world.up()
    return world


@pytest.fixture(scope="module")
def server(platform: World) -> Iterator[tuple[AuthorizationServer, int]]:
    account = platform.account("authentik").read()
    served = AuthorizationServer(url=account["url"], account=account, user=ADMIN)
    with served.serving() as port:
        yield served, port


@pytest.fixture
def argocd(platform: World) -> Client:
    """Argo CD's configuration, its `$secret:key` references looked up as Argo CD does."""
    settings = config_map(platform, "argocd-cm")
    oidc = json.loads(settings["oidc.config"])
    return Client(
        issuer=oidc["issuer"],
        client_id=looked_up(platform, oidc["clientID"]),
        client_secret=looked_up(platform, oidc["clientSecret"]),
        redirect=f"{settings['url']}/auth/callback",
        scopes=oidc["requestedScopes"],
    )


@pytest.fixture
def access(platform: World) -> Client:
    """The identity provider in the Cloudflare account; the redirect is the one that Cloudflare documents."""
    (provider,) = platform.account("cloudflare").read()["objects"]["ZeroTrustAccessIdentityProvider"].values()
    config = provider["config"]
    team = platform.engine.plain("cloudflare")["team"]
    assert config["pkceEnabled"]
    assert config["claims"] == ["groups"]
    return Client(
        issuer=config["certsUrl"].removesuffix("jwks/"),
        client_id=config["clientId"],
        client_secret=config["clientSecret"],
        redirect=f"https://{team}.cloudflareaccess.com/cdn-cgi/access/callback",
        scopes=config["scopes"],
    )


def config_map(world: World, name: str) -> dict[str, str]:
    found = world.cluster.get("v1", "ConfigMap", name, "argocd")
    assert found is not None
    data: dict[str, str] = found["data"]
    return data


def looked_up(world: World, reference: str) -> str:
    name, key = reference.removeprefix("$").split(":")
    secret = world.cluster.get("v1", "Secret", name, "argocd")
    assert secret is not None
    assert secret["metadata"]["labels"]["app.kubernetes.io/part-of"] == "argocd"
    return base64.b64decode(secret["data"][key]).decode()


def sign_in(client: Client, server: tuple[AuthorizationServer, int]) -> dict[str, Any]:
    """Discovery, code with PKCE, token; the claims of the verified ID token."""
    session = OAuth2Session(
        client.client_id,
        client.client_secret,
        scope=" ".join(client.scopes),
        redirect_uri=client.redirect,
        code_challenge_method="S256",
    )
    browser = requests.Session()
    for each in (session, browser):
        each.mount(server[0].url, ToLoopback(server[0].url, server[1]))
    with session, browser:
        discovery = browser.get(f"{client.issuer}.well-known/openid-configuration").json()
        assert discovery["issuer"] == client.issuer
        verifier = "v" * 64
        url, state = session.create_authorization_url(discovery["authorization_endpoint"], code_verifier=verifier)
        redirected = browser.get(url, allow_redirects=False)
        assert redirected.status_code == 302, redirected.text
        location = redirected.headers["Location"]
        assert parse_qs(urlsplit(location).query)["state"] == [state]
        token = session.fetch_token(
            discovery["token_endpoint"], authorization_response=location, code_verifier=verifier, state=state
        )
        keys = KeySet.import_key_set(browser.get(discovery["jwks_uri"]).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    registry = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": client.issuer}, aud={"essential": True, "value": client.client_id}
    )
    registry.validate(decoded.claims)
    return decoded.claims


def test_argo_cd_signs_in_and_the_groups_give_a_role(
    argocd: Client, server: tuple[AuthorizationServer, int], platform: World
) -> None:
    claims = sign_in(argocd, server)
    rbac = config_map(platform, "argocd-rbac-cm")
    (claim,) = json.loads(rbac["scopes"].replace("[", '["').replace("]", '"]'))
    roles = dict(line.split(", ")[1:] for line in rbac["policy.csv"].strip().splitlines())
    assert {roles[group] for group in claims[claim] if group in roles} == {"role:admin", "role:readonly"}
    assert claims["email_verified"] is True


def test_cloudflare_access_signs_in_and_its_policy_names_a_group(
    access: Client, server: tuple[AuthorizationServer, int], platform: World
) -> None:
    claims = sign_in(access, server)
    policies = platform.account("cloudflare").read()["objects"]["ZeroTrustAccessPolicy"].values()
    rules = [rule["oidc"] for policy in policies for rule in policy["includes"]]
    assert [rule["claimValue"] for rule in rules if rule["claimValue"] in claims[rule["claimName"]]] == [
        "homelab-admins"
    ]


def test_another_redirect_is_refused(argocd: Client, server: tuple[AuthorizationServer, int]) -> None:
    query = {"client_id": argocd.client_id, "redirect_uri": f"{argocd.redirect}/x", "response_type": "code"}
    status, _, body = server[0].answer("GET", "/application/o/authorize/", query, {}, "")
    assert (status, body) == (400, b"redirect URI mismatch")
