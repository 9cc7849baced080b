"""What takes long or is large: uploads, a slow one, websockets that say nothing for minutes."""

from __future__ import annotations

import base64
import hashlib
import os
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from drills.course import FAILURES
from drills.errors import DrillError
from drills.http.caller import Caller
from drills.http.every import every
from drills.http.found import Host, answering
from drills.http.scene import Scene
from drills.http.workloads import accepted

WITHIN: Final = 180.0
LARGE: Final = "an upload of more than Cloudflare lets through, from the house, to every application"
SLOW: Final = "an upload that takes longer than a minute"
SILENT: Final = "a websocket to every application, on which nobody says anything for more than a minute"
WHOLE: Final = "all arrives"
SPEAKS: Final = "both are heard"
MEGABYTE: Final = 1 << 20
Look = Callable[[Caller, Host, list[tuple[str, str]]], str]
SIZE: Final = 110 * MEGABYTE
SLOW_SECONDS: Final = 70
"""Longer than Traefik waits for a request if nobody tells it to wait longer."""
PIECE: Final = os.urandom(MEGABYTE)


@dataclass(kw_only=True)
class Long:
    """What is under way while other steps are taken."""

    scene: Scene
    uploads: dict[str, str] = field(default_factory=dict)
    sockets: dict[str, str] = field(default_factory=dict)
    """What came of it, by host; nothing if all went well."""
    threads: list[threading.Thread] = field(default_factory=list)

    def begin(self) -> None:
        """Let them begin, one of each to every host."""
        ada = self.scene.browser("ada")
        for host in answering(self.scene.hosts):
            ada.go(host.name)
            crumbs = ada.headers(host.name)
            for look, came in ((_slowly, self.uploads), (_silently, self.sockets)):
                arguments = (look, came, self.scene.home, host, crumbs)
                thread = threading.Thread(target=self._kept, args=arguments, daemon=True)
                thread.start()
                self.threads.append(thread)

    @staticmethod
    def _kept(look: Look, came: dict[str, str], caller: Caller, host: Host, crumbs: list[tuple[str, str]]) -> None:
        try:
            came[host.name] = look(caller, host, crumbs)
        except FAILURES as error:
            came[host.name] = " ".join(str(error).split()) or type(error).__name__

    def end(self) -> None:
        """Wait for them, and see what has come of them."""
        for what, came, wanted in ((SLOW, self.uploads, WHOLE), (SILENT, self.sockets, SPEAKS)):
            with self.scene.course.step(what, expected=wanted, within=WITHIN) as step:
                for thread in self.threads:
                    thread.join()
                names = [host.name for host in answering(self.scene.hosts)]
                step.seen = every(names, partial(_came, came), all_well=wanted)
                step.note = f"{SLOW_SECONDS} s, {len(came)} hosts"


def large(scene: Scene) -> None:
    """The upload of the many bytes."""
    with scene.course.step(LARGE, expected=WHOLE, within=WITHIN) as step:
        ada = scene.browser("ada")
        digest = hashlib.sha256()
        for piece in _pieces():
            digest.update(piece)

        def sent(host: Host) -> str:
            ada.go(host.name)
            given = [*ada.headers(host.name), ("Content-Length", str(SIZE))]
            heard = scene.home.ask(host.name, "/upload", method="POST", headers=given, body=_pieces()).heard
            return "" if (heard["size"], heard["sha256"]) == (SIZE, digest.hexdigest()) else f"{heard['size']} bytes"

        begun = time.monotonic()
        step.seen = every(answering(scene.hosts), sent, all_well=WHOLE, name=lambda host: host.name)
        sent_in_all = len(answering(scene.hosts)) * SIZE // MEGABYTE
        step.note = f"{sent_in_all} MiB, {sent_in_all / (time.monotonic() - begun):.0f} MiB/s"


def _came(came: Mapping[str, str], host: str) -> str:
    return came.get(host, "never ended")


def _pieces() -> Iterator[bytes]:
    for _ in range(SIZE // MEGABYTE):
        yield PIECE


def _slowly(caller: Caller, host: Host, crumbs: list[tuple[str, str]]) -> str:
    """Nothing if a body that comes a byte a second has arrived."""

    def drops() -> Iterator[bytes]:
        for _ in range(SLOW_SECONDS):
            time.sleep(1.0)
            yield b"."

    given = [*crumbs, ("Content-Length", str(SLOW_SECONDS))]
    said = caller.ask(host.name, "/upload", method="POST", headers=given, body=drops(), seconds=2 * SLOW_SECONDS)
    return "" if said.heard["size"] == SLOW_SECONDS else f"{said.heard['size']} bytes"


def _silently(caller: Caller, host: Host, crumbs: list[tuple[str, str]]) -> str:
    """Nothing if the other end is heard after the silence."""
    with caller.connect(host.name) as connected:
        connected.settimeout(2 * SLOW_SECONDS)
        _agree(connected, host.name, crumbs)
        for word in (b"before", b"after"):
            connected.sendall(word)
            if (heard := connected.recv(64)) != word:
                return f"heard {heard!r}"
            if word == b"before":
                time.sleep(SLOW_SECONDS)
    return ""


def _agree(connected: ssl.SSLSocket, host: str, crumbs: list[tuple[str, str]]) -> None:
    """Ask for a websocket, and see that whoever answers knows what that is.

    Raises:
        DrillError: it is not agreed to.
    """
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /socket HTTP/1.1",
        f"Host: {host}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
        *(f"{name}: {value}" for name, value in crumbs),
    ]
    connected.sendall("\r\n".join([*lines, "", ""]).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = connected.recv(4096)
        if not piece:
            break
        head += piece
    first = head.partition(b"\r\n")[0].decode(errors="replace")
    if not first.startswith("HTTP/1.1 101 ") or accepted(key).encode() not in head:
        message = f"no websocket: {first}"
        raise DrillError(message)
