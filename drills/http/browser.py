"""A browser: it keeps cookies by host, and goes where it is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urlsplit

from drills.errors import DrillError
from drills.http.caller import Caller, Said
from drills.http.outpost import AUTHORIZE, SESSION

HOPS: Final = 10
REDIRECTS: Final = (301, 302, 303, 307, 308)


@dataclass(kw_only=True)
class Browser:
    """The browser of somebody who is signed in at Authentik."""

    caller: Caller
    account: str
    """The cookie of Authentik's own host; it is sent there only."""
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    """Addresses that it went to, without their queries."""

    def go(self, host: str, target: str = "/") -> Said:
        """What is seen in the end.

        Raises:
            DrillError, OSError: it is sent in circles, or there is no answer.
        """
        self.seen = []
        for _ in range(HOPS):
            self.seen.append(f"{host}{target.partition('?')[0]}")
            said = self.caller.ask(host, target, headers=self.headers(host, target))
            if crumbs := said.headers.get("set-cookie"):
                kept = self.cookies.setdefault(host, {})
                kept.update({name: crumb.value for name, crumb in SimpleCookie(crumbs).items()})
            if said.status not in REDIRECTS:
                return said
            url = urlsplit(said.headers["location"])
            if url.scheme not in ("", "https"):
                message = f"{host}{target}: leads to {url.scheme}"
                raise DrillError(message)
            host = url.hostname or host
            target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
        message = f"{host}: sent in circles"
        raise DrillError(message)

    def headers(self, host: str, target: str = "/") -> list[tuple[str, str]]:
        """The cookies for a host."""
        crumbs = dict(self.cookies.get(host, {}))
        if target.startswith(AUTHORIZE):
            crumbs[SESSION] = self.account
        return [("Cookie", "; ".join(f"{name}={value}" for name, value in crumbs.items()))] if crumbs else []

    def ask(
        self, host: str, target: str = "/", *, headers: Iterable[tuple[str, str]] = (), method: str = "GET"
    ) -> Said:
        """One request with the cookies that there are; nowhere else to."""
        return self.caller.ask(host, target, method=method, headers=[*self.headers(host, target), *headers])
