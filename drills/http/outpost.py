"""In the place of Authentik's outpost and server, as far as Traefik and a browser have to do with them.

It decides by what the simulated account holds: which hosts an outpost has a provider for, which paths it lets pass, and
which group an application is for. What the outpost does with a request is what its Go code of 2025 does for Traefik:
asked about a host, it answers 200 with headers that say who it is, 200 without them for a path that is let pass, 302
to the authorization endpoint otherwise, whatever is asked for; a basic or bearer token that it does not know changes
nothing. Without `X-Forwarded-Host` it answers that it is not set up well.

Not covered: tokens (the code stands for them), sessions that end, sign-out, scopes.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from drills.http.network import Place
from drills.web import Answer, Asked
from sandbox.controllers import outposts
from sandbox.plugins.accounts.account import Data, objects

ASKED: Final = f"{outposts.PATH}/auth/traefik"
CALLBACK: Final = f"{outposts.PATH}/callback"
START: Final = f"{outposts.PATH}/start"
AUTHORIZE: Final = "/application/o/authorize/"
PREFIX: Final = "authentik_proxy_"
"""How the outpost's cookies begin; one for each provider."""
SESSION: Final = "authentik_session"
"""The cookie of Authentik's own host."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody with an account."""

    username: str
    groups: tuple[str, ...]

    def headers(self, slug: str) -> dict[str, str]:
        """What an application is told of somebody; every header that there may be."""
        told = {
            "username": self.username,
            "groups": "|".join(self.groups),
            "email": f"{self.username}@example.org",
            "name": self.username.title(),
            "uid": f"uid-of-{self.username}",
            "meta-app": slug,
        }
        return {name: told.get(name.lower().removeprefix("x-authentik-"), "-") for name in outposts.HEADERS}


@dataclass(kw_only=True)
class SignIn:
    """Who is let in where, and who is signed in already."""

    account: Data
    outpost: outposts.Outpost
    browser: str
    """Where browsers find Authentik, as the live outpost is told."""
    people: Mapping[str, Person]
    """By the value of the cookie of Authentik's host."""
    sessions: dict[tuple[str, str], Person] = field(default_factory=dict)
    """By host and cookie of an application behind the outpost."""
    codes: dict[str, tuple[str, Person]] = field(default_factory=dict)
    """The host that a code is for, and who has got it."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def provider(self, host: str) -> Mapping[str, Any] | None:
        """The outpost's provider for a host; None if it does not serve it."""
        for each in self.outpost.providers:
            if urlsplit(str(each.get("externalHost", ""))).hostname == host.partition(":")[0].lower():
                return each
        return None

    def hosts(self) -> list[str]:
        """All hosts that the outpost serves."""
        names = [urlsplit(str(each.get("externalHost", ""))).hostname for each in self.outpost.providers]
        return [name for name in names if name]

    def application(self, provider: Mapping[str, Any]) -> Mapping[str, Any]:
        """The application of a provider; an empty one if nobody has made it."""
        known = objects(self.account, "ProviderProxy")
        number = next((key for key, each in known.items() if each is provider), "")
        applications: Mapping[str, Mapping[str, Any]] = objects(self.account, "Application")
        for each in applications.values():
            if str(each.get("protocolProvider")).removesuffix(".0") == number:
                return each
        return {}

    def lets_in(self, provider: Mapping[str, Any], person: Person) -> bool:
        """Whether the application's bindings let somebody in; with none of them, everybody."""
        groups = objects(self.account, "Group")
        wanted = [
            groups.get(str(each.get("group")), {}).get("name")
            for each in objects(self.account, "PolicyBinding").values()
            if each.get("target") == self.application(provider).get("uuid")
        ]
        return not wanted or any(name in person.groups for name in wanted)

    def at_outpost(self, _place: Place, asked: Asked) -> Answer | None:
        """What the outpost answers, to Traefik's question and at its own paths."""
        if asked.path == ASKED:
            return self._decide(asked)
        host = asked.headers.get("x-forwarded-host", asked.host)
        provider = self.provider(host)
        if provider is None or not asked.path.startswith(f"{outposts.PATH}/"):
            return Answer(status=404)
        if asked.path == CALLBACK:
            return self._redeem(host, provider, asked)
        if asked.path == START:
            return self._to_authorize(provider, parse_qs(asked.query).get("rd", [""])[0])
        return Answer(status=404)

    def at_server(self, _place: Place, asked: Asked) -> Answer | None:
        """What Authentik's server answers to a browser that is sent to its authorization endpoint."""
        if asked.path != AUTHORIZE:
            return None
        person = self.people.get(_cookie(asked, SESSION))
        query = {key: values[0] for key, values in parse_qs(asked.query).items()}
        provider = self.provider(urlsplit(query.get("redirect_uri", "")).hostname or "")
        if person is None or provider is None:
            return Answer(body=b"a page that asks who it is")
        if not self.lets_in(provider, person):
            return Answer(status=403, body=b"a page that says no")
        code = secrets.token_hex(16)
        host = urlsplit(query["redirect_uri"]).hostname or ""
        with self._lock:
            self.codes[code] = (host, person)
        back = urlencode({"code": code, "state": query.get("state", "")})
        return _redirect(f"{query['redirect_uri'].partition('?')[0]}?{back}")

    def _decide(self, asked: Asked) -> Answer:
        """Whether a request that Traefik tells of may go on."""
        host, path = asked.headers.get("x-forwarded-host", ""), asked.headers.get("x-forwarded-uri", "")
        if not host or not asked.headers.get("x-forwarded-proto"):
            return Answer(status=500, body=b"no X-Forwarded-Host")
        provider = self.provider(host)
        if provider is None:
            return Answer(status=404)
        person = self._known(host, asked)
        if person:
            return Answer(headers=person.headers(str(self.application(provider).get("slug", ""))))
        url = f"{asked.headers['x-forwarded-proto']}://{host}{path}"
        if self._let_pass(provider, path):
            return Answer()
        return self._to_authorize(provider, url)

    def _known(self, host: str, asked: Asked) -> Person | None:
        provider = self.provider(host)
        return self.sessions.get((host.lower(), _cookie(asked, _name(provider)))) if provider else None

    @staticmethod
    def _let_pass(provider: Mapping[str, Any], path: str) -> bool:
        patterns: Sequence[str] = str(provider.get("skipPathRegex") or "").split()
        return any(re.search(pattern, urlsplit(path).path) for pattern in patterns)

    def _to_authorize(self, provider: Mapping[str, Any], url: str) -> Answer:
        back = f"{str(provider['externalHost']).rstrip('/')}{CALLBACK}"
        query = {"client_id": provider.get("clientId", ""), "redirect_uri": f"{back}?X-authentik-auth-callback=true"}
        more = urlencode({**query, "response_type": "code", "state": url})
        return _redirect(f"{self.browser.rstrip('/')}{AUTHORIZE}?{more}")

    def _redeem(self, host: str, provider: Mapping[str, Any], asked: Asked) -> Answer:
        query = {key: values[0] for key, values in parse_qs(asked.query).items()}
        with self._lock:
            meant, person = self.codes.pop(query.get("code", ""), ("", None))
        if person is None or meant != host:
            return Answer(status=400)
        cookie = secrets.token_hex(16)
        self.sessions[host.lower(), cookie] = person
        # Nobody is sent to a stranger's page by a state that came from there.
        state, own = query.get("state", ""), str(provider["externalHost"]).rstrip("/")
        target = state if state == own or state.startswith(f"{own}/") else own
        crumbs = f"{_name(provider)}={cookie}; Path=/; HttpOnly; Secure; SameSite=Lax"
        return Answer(status=302, headers={"Location": target, "Set-Cookie": crumbs})


def _name(provider: Mapping[str, Any]) -> str:
    return f"{PREFIX}{str(provider.get('clientId') or provider.get('name', ''))[:8]}"


def _cookie(asked: Asked, name: str) -> str:
    try:
        found = SimpleCookie(asked.headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _redirect(url: str) -> Answer:
    return Answer(status=302, headers={"Location": url})
