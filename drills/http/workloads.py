"""Small servers in the place of pods: each says what it has heard, and remembers who called it."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from socketserver import BaseServer
from typing import Final
from urllib.parse import parse_qs

from drills.http.network import Place
from drills.web import Answer, Asked, Handler, listening

HASH_LABEL: Final = "pod-template-hash"
TELLING: Final = {"Server": "stand-in/1.0", "X-Powered-By": "a stand-in"}
"""What programs say of themselves, and visitors are not to hear."""
WEBSOCKET: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
"""Whoever answers a websocket shows by it that it knows what it is asked for."""
PIECE: Final = 1 << 16

Site = Callable[[Place, Asked], Answer | None]
"""Who answers at a place; None for what the place itself says."""


@dataclass(kw_only=True)
class Workloads:
    """All that answer, and all that they were called by."""

    calls: list[tuple[str, Place]] = field(default_factory=list)
    """Each way by which one was called, once: the address of the caller, and the place."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def answering(self, places: Iterable[Place], site: Site | None = None) -> Iterator[None]:
        """Answer at these places within the block; a place that somebody answers at already is passed over.

        Raises:
            OSError: nobody can listen there.
        """
        with ExitStack() as stack:
            for place in {(place.address, place.port): place for place in places}.values():
                stack.enter_context(listening(partial(_Pod, (self, place, site)), place.address, place.port))
            yield

    def note(self, source: str, place: Place) -> None:
        """Remember a call from an address."""
        with self._lock:
            if not any(known == source and other is place for known, other in self.calls):
                self.calls.append((source, place))


def workload_of(pod_name: str, labels: dict[str, str]) -> str:
    """The name of what a pod is a replica of: the part that does not change with each start."""
    made = labels.get(HASH_LABEL)
    return pod_name.partition(f"-{made}-")[0] if made else pod_name.rpartition("-")[0]


def accepted(key: str) -> str:
    """The answer to the key of who asks for a websocket."""
    return base64.b64encode(hashlib.sha1(f"{key}{WEBSOCKET}".encode(), usedforsecurity=False).digest()).decode()


class _Pod(Handler):
    """One connection to a pod."""

    timeout = 300.0

    def __init__(
        self,
        served: tuple[Workloads, Place, Site | None],
        connection: socket.socket,
        client: tuple[str, int],
        server: BaseServer,
    ) -> None:
        self._workloads, self._place, self._site = served
        super().__init__(connection, client, server)

    def _handle(self) -> None:
        self._workloads.note(str(self.client_address[0]), self._place)
        if self.headers.get("Upgrade", "").lower() == "websocket":
            self._talk()
            return
        size, digest = self._taken()
        path, _, query = self.path.partition("?")
        asked = Asked(
            method=self.command,
            host=self.headers.get("Host", ""),
            path=path,
            query=query,
            headers=self.given(),
            body=b"",
        )
        answer = self._site(self._place, asked) if self._site else None
        self.reply(answer or self._heard(size, digest, query))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_PROPFIND = _handle  # noqa: N815

    def _heard(self, size: int, digest: str, query: str) -> Answer:
        meta = self._place.pod["metadata"]
        heard = {
            "pod": self._place.name,
            "workload": f"{meta['namespace']}/{workload_of(meta['name'], meta.get('labels') or {})}",
            "port": self._place.port,
            "method": self.command,
            "target": self.path,
            "headers": self.headers.items(),
            "from": self.client_address[0],
            "size": size,
            "sha256": digest,
            "padding": "so it goes " * int((parse_qs(query).get("padding") or ["0"])[0]),
        }
        return Answer(headers={**TELLING, "Content-Type": "application/json"}, body=json.dumps(heard).encode())

    def _taken(self) -> tuple[int, str]:
        """How much came with the request, and its hash; nothing of it is kept."""
        digest, size = hashlib.sha256(), 0
        for piece in self._pieces():
            digest.update(piece)
            size += len(piece)
        return size, digest.hexdigest()

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            yield self.body()
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left > 0:
            piece = self.rfile.read(min(PIECE, left))
            if not piece:
                return
            left -= len(piece)
            yield piece

    def _talk(self) -> None:
        """Agree to a websocket, and send back what comes, until whoever speaks goes away."""
        key = self.headers.get("Sec-WebSocket-Key", "")
        self.send_response(101)
        for name, value in (("Upgrade", "websocket"), ("Connection", "Upgrade")):
            self.send_header(name, value)
        self.send_header("Sec-WebSocket-Accept", accepted(key))
        self.end_headers()
        self.close_connection = True
        while piece := self.connection.recv(PIECE):
            self.connection.sendall(piece)
