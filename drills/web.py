"""The internet of a drill: real programs call real addresses, and a proxy answers in the place of their hosts.

Programs are sent here by HTTPS_PROXY. TLS ends here too, with an authority that they are told to trust.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, ClassVar, Final

from drills.authority import Authority

IDLE_SECONDS: Final = 60.0
"""How long a connection may be kept open with nothing asked."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request."""

    method: str
    host: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def url(self) -> str:
        """What was asked for, without the query."""
        return f"https://{self.host}{self.path}"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


Site = Callable[[Asked], Answer]


@dataclass(kw_only=True)
class Web:
    """The hosts that there are; any other is refused."""

    authority: Authority
    site: Callable[[str], Site | None]
    """Who answers for a host; None for one that there is not."""
    port: int = 0
    gone: set[str] = field(default_factory=set)
    """Hosts that are out of order: connections to them are refused."""

    @contextmanager
    def serving(self) -> Iterator[Web]:
        """Serve on a free port of loopback."""
        web = self

        class Proxy(_Proxy):
            drill = web

        with listening(Proxy) as self.port:
            yield self

    def environment(self) -> dict[str, str]:
        """By which a program that is started comes here; Go and curl never send loopback by a proxy, or are told so."""
        proxy, trusted = f"http://127.0.0.1:{self.port}", str(self.authority.certificate)
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
            **dict.fromkeys(("SSL_CERT_FILE", "GIT_SSL_CAINFO", "CURL_CA_BUNDLE"), trusted),
        }


class _Server(ThreadingTCPServer):
    """Serves each connection in a thread of its own; none of them keeps the drill from ending."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128


@contextmanager
def listening(
    handler: Callable[[Any, Any, Any], BaseRequestHandler], address: str = "127.0.0.1", port: int = 0
) -> Iterator[int]:
    """Connections are handled so within the block, at a port that is free if none is given; the port.

    Raises:
        OSError: nobody can listen there.
    """
    with _Server((address, port), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection, on which one request follows the other."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def given(self) -> dict[str, str]:
        """The request's headers, by names in small letters."""
        return {name.lower(): value for name, value in self.headers.items()}

    def body(self) -> bytes:
        """What came with the request."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return body

    def reply(self, answer: Answer) -> None:
        """Send an answer; whoever has hung up does not want it any more."""
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        with suppress(BrokenPipeError, ConnectionResetError):
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)


class _Proxy(Handler):
    drill: ClassVar[Web]

    def do_CONNECT(self) -> None:
        """Answer as the host that the connection is meant for."""
        host = self.path.rpartition(":")[0]
        site = self.drill.site(host)
        self.close_connection = True
        if site is None or host in self.drill.gone:
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        who = (host, site)

        class Inner(_Inner):
            served = who

        with suppress(OSError):  # whoever asks may go away at any time
            tls = self.drill.authority.context(host).wrap_socket(self.connection, server_side=True)
            with tls:
                Inner(tls, self.client_address, self.server)


class _Inner(Handler):
    served: ClassVar[tuple[str, Site]]
    """The host, and who answers for it."""

    def _handle(self) -> None:
        host, site = self.served
        path, _, query = self.path.partition("?")
        asked = Asked(
            method=self.command,
            host=host,
            path=path,
            query=query,
            headers=self.given(),
            body=self.body(),
        )
        self.reply(site(asked))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle  # noqa: N815 - names that the base class calls


def file(path: Path, kind: str) -> Answer:
    """A file as the answer; 404 if there is none."""
    return Answer(headers={"Content-Type": kind}, body=path.read_bytes()) if path.is_file() else Answer(status=404)
