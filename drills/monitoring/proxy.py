"""The pods' network for those who call pods by their addresses: a proxy that hands each call to whoever answers here.

Prometheus is sent here by `proxy_url`. TLS of pods and nodes ends here, with an authority that the caller trusts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import ClassVar, Final
from urllib.parse import urlsplit

import urllib3

from drills.authority import Authority
from drills.web import Answer, Handler, listening

SECONDS: Final = 10.0
NOT_PASSED_ON: Final = frozenset(
    ("connection", "content-length", "host", "keep-alive", "proxy-authorization", "proxy-connection")
)
"""Headers that are about one connection."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call of an address of the cluster's."""

    method: str
    url: str
    """All of it."""
    headers: Mapping[str, str] = field(repr=False)
    """By names in small letters."""
    body: bytes = b""

    @property
    def host(self) -> str:
        """Whom it is for: a pod's address, or the name of a Service."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port there."""
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)

    @property
    def path(self) -> str:
        """The path and the query there."""
        parts = urlsplit(self.url)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path


@dataclass(kw_only=True)
class Proxy:
    """Takes calls of the cluster's addresses."""

    authority: Authority
    answer: Callable[[Call], Answer]
    names: Mapping[str, str] = field(default_factory=dict)
    """What certificates call a host, where they do not have its address."""
    port: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator[Proxy]:
        """Serve on a free port of loopback."""
        ours = self

        class Outer(_Outer):
            proxy = ours

        with listening(Outer) as self.port:
            yield self


class _Caller(Handler):
    proxy: ClassVar[Proxy]

    def _hand_on(self, url: str) -> None:
        call = Call(method=self.command, url=url, headers=self.given(), body=self.body())
        self.reply(self.proxy.answer(call))


class _Outer(_Caller):
    def do_CONNECT(self) -> None:  # noqa: N802 - a name that the base class calls
        """Answer as whoever the connection is meant for, by TLS."""
        address = self.path
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        ours = self.proxy

        class Inner(_Inner):
            proxy = ours
            called = address

        with suppress(OSError):  # whoever calls may go away at any time
            host = address.rpartition(":")[0].strip("[]")
            context = ours.authority.context(ours.names.get(host, host))
            with context.wrap_socket(self.connection, server_side=True) as tls:
                Inner(tls, self.client_address, self.server)

    def _handle(self) -> None:
        self._hand_on(self.path)

    do_GET = do_POST = _handle  # noqa: N815 - names that the base class calls


class _Inner(_Caller):
    called: ClassVar[str]
    """`host:port` of whoever the connection is for."""

    def _handle(self) -> None:
        self._hand_on(f"https://{self.called}{self.path}")

    do_GET = do_POST = _handle  # noqa: N815 - names that the base class calls


def passed_on(call: Call, server: str, pool: urllib3.PoolManager) -> Answer:
    """What a server of this machine, given as a URL without a path, answers to a call."""
    headers = {name: value for name, value in call.headers.items() if name not in NOT_PASSED_ON}
    try:
        got = pool.request(
            call.method,
            f"{server}{call.path}",
            body=call.body or None,
            headers=headers,
            timeout=SECONDS,
            retries=False,
            redirect=False,
            decode_content=False,
        )
    except urllib3.exceptions.HTTPError as error:
        return Answer(status=502, body=f"{error}".encode())
    told = {name: value for name, value in got.headers.items() if name.lower() in ("content-type", "content-encoding")}
    return Answer(status=got.status, headers=told, body=got.data)
