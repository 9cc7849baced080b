"""Who calls from outside: requests exactly as they are given, from an address of one's own, over TLS or without."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from drills.errors import DrillError

SECONDS: Final = 20.0
"""For connecting, and for each piece of an answer."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    """By names in small letters; several of one name in one, after commas."""
    body: bytes

    @property
    def heard(self) -> Mapping[str, Any]:
        """What the pod that answered has heard.

        Raises:
            DrillError: no pod has answered.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict) or "pod" not in found:
            message = f"{self.status}, not from an application"
            raise DrillError(message)
        return found

    @property
    def words(self) -> str:
        """What came of it in a few words: who has answered, where it leads, or the number."""
        if self.status == 200 and b'"pod"' in self.body:
            return f"answered by {self.heard['workload']}"
        if location := self.headers.get("location"):
            return f"{self.status} to {location.partition('?')[0]}"
        return str(self.status)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody with an address, who reaches Traefik at its own."""

    address: str
    server: str
    """Address of a pod of Traefik's."""
    https: int
    http: int
    """Ports of the pod."""
    trusted: str = field(repr=False)
    """PEM certificates of the authorities that are believed."""

    def context(self, *, verify: bool = True) -> ssl.SSLContext:
        """TLS of a caller; without `verify`, whatever certificate is shown is taken."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if verify:
            context.load_verify_locations(cadata=self.trusted)
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def connect(self, name: str | None, *, context: ssl.SSLContext | None = None) -> ssl.SSLSocket:
        """A connection over TLS that asks for a name (None: for none).

        Raises:
            OSError: it does not come about; `ssl.SSLError` where TLS is what is refused.
        """
        plain = socket.create_connection((self.server, self.https), SECONDS, source_address=(self.address, 0))
        try:
            return (context or self.context()).wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    @contextmanager
    def session(self, name: str, *, tls: bool = True, seconds: float = SECONDS) -> Iterator[Session]:
        """One connection for several requests, and how long an answer may be waited for.

        Raises:
            OSError: it does not come about.
        """
        if tls:
            connected: socket.socket = self.connect(name)
        else:
            connected = socket.create_connection((self.server, self.http), SECONDS, source_address=(self.address, 0))
        with connected:
            connected.settimeout(seconds)
            yield Session(connected, name)

    def ask(
        self,
        host: str,
        target: str = "/",
        *,
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | Iterable[bytes] = b"",
        tls: bool = True,
        seconds: float = SECONDS,
    ) -> Said:
        """One request on a connection of its own, and how many seconds its answer may take.

        Raises:
            OSError, DrillError: there is no answer.
        """
        with self.session(host, tls=tls, seconds=seconds) as session:
            return session.ask(target, method=method, headers=headers, body=body)


class Session:
    """A connection on which one request follows the other."""

    def __init__(self, connected: socket.socket, host: str) -> None:
        self._host = host
        self._connection = http.client.HTTPConnection(host)
        self._connection.sock = connected
        # Whoever has closed is not called again behind the drill's back.
        self._connection.auto_open = 0

    def ask(
        self,
        target: str = "/",
        *,
        host: str = "",
        method: str = "GET",
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | Iterable[bytes] = b"",
    ) -> Said:
        """One request, to another `host` than that of the connection if one is given.

        Raises:
            OSError, DrillError: there is no answer.
        """
        given = [*headers]
        names = {name.lower() for name, _ in given}
        try:
            self._connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            self._connection.putheader("Host", host or self._host)
            for name, value in given:
                self._connection.putheader(name, value)
            if isinstance(body, bytes):
                if body and "content-length" not in names:
                    self._connection.putheader("Content-Length", str(len(body)))
                self._connection.endheaders(body or None)
            else:
                self._connection.endheaders(body)
            answer = self._connection.getresponse()
            return Said(status=answer.status, headers=_joined(answer.getheaders()), body=answer.read())
        except http.client.HTTPException as error:
            message = f"no answer: {error or type(error).__name__}"
            raise DrillError(message) from error


def _joined(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined
