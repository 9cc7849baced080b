"""A real DNS server, which answers with the TXT records that the simulated Cloudflare account has."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import urllib3

from drills.certificates.cloudflare import texts
from drills.errors import DrillError
from sandbox.cluster import free_ports
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account
from sandbox.processes import Process

SECONDS = 10.0


@dataclass(kw_only=True)
class Resolver:
    """The server, and what it was told to answer."""

    sandbox: Sandbox
    program: Path
    account: Account
    _told: set[tuple[str, str]] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def _ports(self) -> list[int]:
        return free_ports(2)

    @property
    def address(self) -> str:
        """Where it is asked."""
        return f"127.0.0.1:{self._ports[0]}"

    @property
    def process(self) -> Process:
        """Its process."""
        return Process(sandbox=self.sandbox, name="resolver")

    def start(self) -> None:
        """Start it, and tell it what the account has.

        Raises:
            SandboxError: it is not ready within two minutes.
        """
        off = [f"-{listener}=" for listener in ("http01", "https01", "tlsalpn01", "doh")]
        self.process.start([self.program, "-dns01", self.address, "-management", f"127.0.0.1:{self._ports[1]}", *off])
        self.process.wait_for(self._answers)
        self.publish()

    def publish(self) -> None:
        """Answer with the account's records from now on."""
        with self._lock:
            wanted = texts(self.account.read())
            # What is there stays there: somebody may be asking just now.
            gone = {name for name, _ in self._told - wanted}
            for name in gone:
                self._tell("clear-txt", host=f"{name}.")
            self._add((name, value) for name, value in wanted if name in gone or (name, value) not in self._told)
            self._told = wanted

    def _add(self, records: Iterable[tuple[str, str]]) -> None:
        for name, value in records:
            self._tell("set-txt", host=f"{name}.", value=value)

    def _tell(self, what: str, **given: Any) -> None:
        url = f"http://127.0.0.1:{self._ports[1]}/{what}"
        answer = urllib3.request("POST", url, json=given, timeout=SECONDS, retries=False)
        if answer.status != 200:
            message = f"the resolver refuses {what} of {given.get('host')}: HTTP {answer.status}"
            raise DrillError(message)

    def _answers(self) -> bool:
        try:
            self._tell("clear-txt", host="nobody.invalid.")
        except (urllib3.exceptions.HTTPError, DrillError):
            return False
        return True
