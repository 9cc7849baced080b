"""A small authorization server with Authentik's URL layout, configured by what an Authentik account holds.

It does what the code flow needs and refuses what Authentik refuses: an unknown client, a redirect URI that is not the
registered one to the letter, a wrong secret, a code that was used before or belongs to another client, a verifier that
does not match the challenge. Tokens are signed RS256. Not covered: consent, refresh, revocation, sessions.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, kw_only=True)
class User:
    """Who signs in."""

    username: str
    email: str
    name: str
    groups: tuple[str, ...]

    def request(self) -> SimpleNamespace:
        """The `request` that Authentik gives to a scope's expression."""
        groups = SimpleNamespace(all=lambda: [SimpleNamespace(name=group) for group in self.groups])
        user = SimpleNamespace(username=self.username, email=self.email, name=self.name, ak_groups=groups)
        return SimpleNamespace(user=user)


@dataclass
class AuthorizationServer:
    """The server of one account; `user` is signed in already."""

    url: str
    """Public address: the issuer of each client is below it."""
    account: Mapping[str, Any]
    user: User
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, parameters={"kid": "signing"}))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def answer(self, method: str, path: str, query: Mapping[str, str], form: Mapping[str, str], basic: str) -> Answer:
        """Answer one request; anything outside the layout is 404."""
        parts = path.strip("/").split("/")
        if parts[:2] != ["application", "o"]:
            return 404, {}, b"not found"
        rest = parts[2:]
        if rest == ["authorize"]:
            return self._authorize(query)
        if rest == ["token"] and method == "POST":
            return self._token(form, basic)
        if len(rest) > 1 and (client := self._client(slug=rest[0])):
            if rest[1:] == [".well-known", "openid-configuration"]:
                return _json(self._discovery(rest[0], client))
            if rest[1:] == ["jwks"]:
                return _json({"keys": [self.key.as_dict(private=False)] if client.get("signingKey") else []})
        return 404, {}, b"not found"

    def _client(self, *, slug: str = "", client_id: str = "") -> dict[str, Any] | None:
        objects = self.account["objects"]
        owners = {
            item["protocolProvider"]: item["slug"]
            for item in objects["Application"].values()
            if item.get("protocolProvider")
        }
        for provider in objects["ProviderOauth2"].values():
            if owners.get(int(provider["providerOauth2Id"])) == slug or provider["clientId"] == client_id:
                return {**provider, "slug": owners[int(provider["providerOauth2Id"])]}
        return None

    def _discovery(self, slug: str, client: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "issuer": f"{self.url}/application/o/{slug}/",
            "authorization_endpoint": f"{self.url}/application/o/authorize/",
            "token_endpoint": f"{self.url}/application/o/token/",
            "jwks_uri": f"{self.url}/application/o/{slug}/jwks/",
            "scopes_supported": sorted(self._scopes(client)),
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _scopes(self, client: Mapping[str, Any]) -> list[tuple[str, str]]:
        mappings = self.account["objects"]["PropertyMappingProviderScope"]
        chosen = [mappings[identifier] for identifier in client["propertyMappings"]]
        return [(mapping["scopeName"], mapping["expression"]) for mapping in chosen]

    def _authorize(self, query: Mapping[str, str]) -> Answer:
        client = self._client(client_id=query.get("client_id", ""))
        if client is None:
            return 400, {}, b"unknown client"
        redirects = [item["url"] for item in client["allowedRedirectUris"] if item["matching_mode"] == "strict"]
        if query.get("redirect_uri") not in redirects:
            return 400, {}, b"redirect URI mismatch"
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**query, "client": client}
        location = f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"
        return 302, {"Location": location}, b""

    def _token(self, form: Mapping[str, str], basic: str) -> Answer:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None:
            return _json({"error": "invalid_grant"}, 400)
        client = asked["client"]
        given = base64.b64decode(basic).decode() if basic else f"{form.get('client_id')}:{form.get('client_secret')}"
        if given != f"{client['clientId']}:{client['clientSecret']}":
            return _json({"error": "invalid_client"}, 401)
        if form.get("redirect_uri") != asked["redirect_uri"] or not _verified(asked, form.get("code_verifier", "")):
            return _json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": f"{self.url}/application/o/{client['slug']}/",
            "aud": client["clientId"],
            "sub": hashlib.sha256(self.user.username.encode()).hexdigest(),
            "iat": now,
            "exp": now + 600,
            **({"nonce": asked["nonce"]} if "nonce" in asked else {}),
        }
        wanted = asked.get("scope", "").split()
        for scope, expression in self._scopes(client):
            claims |= self._evaluate(expression) if scope in wanted else {}
        token = jwt.encode({"alg": "RS256", "kid": "signing"}, claims, self.key)
        return _json({"access_token": token, "token_type": "Bearer", "expires_in": 600, "id_token": token})

    def _evaluate(self, expression: str) -> dict[str, Any]:
        """A scope's expression is the body of a function of `request`, as in Authentik."""
        body = "\n".join(f"    {line}" for line in expression.splitlines())
        space: dict[str, Any] = {}
        exec(f"def scope(request):\n{body}", space)  # noqa: S102 - the program's own expression
        result: dict[str, Any] = space["scope"](self.user.request())
        return result

    @contextmanager
    def serving(self) -> Iterator[int]:
        """Serve on a free loopback port."""
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def _handle(self) -> None:
                url = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                query, form = (
                    {key: values[0] for key, values in parse_qs(text).items()}
                    for text in (url.query, self.rfile.read(length).decode())
                )
                basic = self.headers.get("Authorization", "").removeprefix("Basic ")
                status, headers, body = owner.answer(self.command, url.path, query, form, basic)
                self.send_response(status)
                for key, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _handle  # noqa: N815 - names that the base class calls

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def _verified(asked: Mapping[str, str], verifier: str) -> bool:
    if "code_challenge" not in asked:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]


def _json(content: Mapping[str, Any], status: int = 200) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps(content).encode()
