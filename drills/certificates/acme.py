"""The real ACME server, in the place of Let's Encrypt's: under its addresses, by the proxy, so that no issuer changes.

Its certificates live for as many seconds as one says. A name that was proven once stays proven, as with Let's Encrypt
for a while.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import urllib3

from drills.authority import Authority
from drills.web import Answer, Asked
from sandbox.cluster import free_ports
from sandbox.paths import Sandbox
from sandbox.processes import Process

DIRECTORY: Final = "/dir"
SECONDS: Final = 30.0
PASSED_ON: Final = ("content-type", "location", "link", "replay-nonce", "retry-after", "cache-control")
REUSE: Final = {"PEBBLE_AUTHZREUSE": "100", "PEBBLE_VA_NOSLEEP": "1"}
"""Proven names stay so, and are looked at without the pauses that show a client's impatience."""
HOST: Final = "localhost"


@dataclass(frozen=True, kw_only=True)
class Ordered:
    """An order that the server has taken."""

    host: str
    names: tuple[str, ...]


@dataclass(kw_only=True)
class AcmeServer:
    """Pebble."""

    sandbox: Sandbox
    program: Path
    folder: Path
    authority: Authority
    resolver: str
    """`host:port` of the DNS server that it asks."""
    validity: int
    """Seconds from a certificate's first to its last."""
    directories: Mapping[str, str] = field(default_factory=dict)
    """Paths of the directories that the issuers name, by host."""
    orders: list[Ordered] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def _ports(self) -> list[int]:
        return free_ports(2)

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(sandbox=self.sandbox, name="acme-server")

    @cached_property
    def _pool(self) -> urllib3.PoolManager:
        return urllib3.PoolManager(ca_certs=str(self.authority.certificate), timeout=SECONDS, retries=False)

    def start(self) -> None:
        """Start it.

        Raises:
            SandboxError: it is not ready within two minutes.
        """
        self.folder.mkdir(mode=0o700, parents=True)
        certificate, key = self.authority.files(HOST)
        listens, managed = (f"127.0.0.1:{port}" for port in self._ports)
        settings = {
            "listenAddress": listens,
            "managementListenAddress": managed,
            "certificate": str(certificate),
            "privateKey": str(key),
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "of the drill", "validityPeriod": self.validity}},
        }
        file = self.folder / "pebble.json"
        file.write_text(json.dumps({"pebble": settings}))
        self.process.start([self.program, "-config", file, "-dnsserver", self.resolver], REUSE)
        self.process.wait_for(lambda: self._ask(self._ports[0], DIRECTORY) is not None)

    def root(self) -> bytes:
        """The certificate of whoever signs, PEM."""
        return self._ask(self._ports[1], "/roots/0") or b""

    @cached_property
    def _new_order(self) -> str:
        """Path at which orders are made."""
        known: dict[str, Any] = json.loads(self._ask(self._ports[0], DIRECTORY) or b"{}")
        return urlsplit(str(known["newOrder"])).path

    def answer(self, asked: Asked) -> Answer:
        """Answer in the place of a host of Let's Encrypt's."""
        path = DIRECTORY if asked.path == self.directories.get(asked.host) else asked.path
        headers = {"Host": asked.host, "Content-Type": asked.headers.get("content-type", "application/json")}
        url = f"https://{HOST}:{self._ports[0]}{path}"
        try:
            got = self._pool.request(asked.method, url, body=asked.body or None, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            return Answer(status=502, body=f"{error}".encode())
        if path == self._new_order and got.status == 201:
            with self._lock:
                self.orders.append(Ordered(host=asked.host, names=ordered_names(asked.body)))
        told = {name: value for name, value in got.headers.items() if name.lower() in PASSED_ON}
        return Answer(status=got.status, headers=told, body=got.data)

    def ordered(self, name: str) -> int:
        """How many orders were made for a name."""
        with self._lock:
            return sum(1 for order in self.orders if name in order.names)

    def _ask(self, port: int, path: str) -> bytes | None:
        try:
            got = self._pool.request("GET", f"https://{HOST}:{port}{path}")
        except urllib3.exceptions.HTTPError:
            return None
        return got.data if got.status == 200 else None


def ordered_names(body: bytes) -> tuple[str, ...]:
    """The names in the request for an order, which is signed."""
    payload = str(json.loads(body)["payload"])
    asked = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return tuple(str(each["value"]) for each in asked["identifiers"])
