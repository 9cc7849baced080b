"""Who issues: the real cert-manager with all that it calls, or the sandbox's simulation of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from drills.certificates import found
from drills.certificates.cloudflare import BROKEN, LIMITED, Trouble, texts
from drills.certificates.found import Pair, Wildcard
from drills.certificates.issuance import Issuance
from sandbox import kube
from sandbox.controllers.dns01 import record_of
from sandbox.controllers.objects import patch
from sandbox.paths import Sandbox
from sandbox.plugins.accounts.account import Account

MANAGER: Final = "drill"
TOO_MANY: Final = "429 Too Many Requests: Please wait and consider throttling your request speed (971)"
TRIES: Final = 4


class Backend(ABC):
    """What issues in one sandbox."""

    name: ClassVar[str]
    calls_for_real: ClassVar[bool]
    """Whether it orders, makes records and has its certificates signed."""

    @abstractmethod
    @contextmanager
    def running(self) -> Iterator[None]:
        """It works on whatever is not issued."""

    @abstractmethod
    def trouble(self, wildcard: Wildcard) -> None:
        """From now on Cloudflare has trouble with a zone, for a while."""

    @abstractmethod
    def ahead(self, first: Wildcard, others: Sequence[Wildcard]) -> bool:
        """Whether the first, which is in trouble, was refused and got nowhere, while the others get on."""

    @abstractmethod
    def ease(self, wildcard: Wildcard) -> None:
        """End the trouble of a zone, but for what passes by itself."""

    @abstractmethod
    def troubled(self, wildcard: Wildcard) -> str:
        """What Cloudflare has answered of it."""

    @abstractmethod
    def orders(self, wildcard: Wildcard) -> int:
        """How many orders were made for a zone."""

    @abstractmethod
    def left(self) -> set[tuple[str, str]]:
        """TXT records that are still there."""

    @abstractmethod
    def root(self) -> bytes:
        """The certificate of whoever signs, PEM."""

    @abstractmethod
    def expire(self, wildcards: Sequence[Wildcard]) -> None:
        """Have certificates be due for renewal, where they are not by themselves."""


@dataclass(kw_only=True)
class Real(Backend):
    """The real cert-manager."""

    name: ClassVar[str] = "real programs"
    calls_for_real: ClassVar[bool] = True
    issuance: Issuance

    @contextmanager
    def running(self) -> Iterator[None]:
        """With the ACME server, the resolver and Cloudflare's API."""
        with self.issuance.serving():
            yield

    def trouble(self, wildcard: Wildcard) -> None:
        """Nothing is answered but 429."""
        self.issuance.api.trouble[wildcard.zone] = [Trouble(answers=[LIMITED], lasting=True)]

    def ahead(self, first: Wildcard, others: Sequence[Wildcard]) -> bool:
        """The others have their records."""
        made = {name for name, _ in self.left()}
        refused = self.issuance.api.answered(first.zone, LIMITED.status) > 0
        there = all(record_of(other.zone) in made for other in others)
        return refused and there and record_of(first.zone) not in made

    def ease(self, wildcard: Wildcard) -> None:
        """Once more a try meets 429 as it begins; later a record is made whose answer is lost."""
        self.issuance.api.trouble[wildcard.zone] = [
            Trouble(method="GET", answers=[LIMITED]),
            Trouble(method="POST", answers=[None, BROKEN], done=True),
        ]

    def troubled(self, wildcard: Wildcard) -> str:
        """By the statuses."""
        counted = {status: self.issuance.api.answered(wildcard.zone, status) for status in (429, 500)}
        return ", ".join(f"{number} times {status}" for status, number in counted.items())

    def orders(self, wildcard: Wildcard) -> int:
        """As the ACME server has taken them."""
        return self.issuance.acme.ordered(wildcard.zone)

    def left(self) -> set[tuple[str, str]]:
        """In the account."""
        return texts(self.issuance.api.account.read())

    def root(self) -> bytes:
        """As the ACME server shows it."""
        return self.issuance.acme.root()

    def expire(self, wildcards: Sequence[Wildcard]) -> None:
        """They are short-lived."""


@dataclass(kw_only=True)
class Simulated(Backend):
    """The sandbox's own."""

    name: ClassVar[str] = "simulated"
    calls_for_real: ClassVar[bool] = False
    sandbox: Sandbox
    cluster: kube.Client

    @contextmanager
    def running(self) -> Iterator[None]:
        """It runs with the sandbox."""
        yield

    def trouble(self, wildcard: Wildcard) -> None:
        """The account refuses the zone's record for some tries."""
        account = Account(self.sandbox.account("cloudflare"))
        account.fail("create", "DnsRecord", TOO_MANY, name=record_of(wildcard.zone), times=TRIES)

    def ahead(self, first: Wildcard, others: Sequence[Wildcard]) -> bool:
        """The others are issued."""
        done = {each.zone for each in (first, *others) if found.is_ready(self.cluster, each)}
        return done == {other.zone for other in others}

    def ease(self, wildcard: Wildcard) -> None:
        """It passes by itself."""

    def troubled(self, wildcard: Wildcard) -> str:
        """Nothing is left of what was to fail."""
        faults = Account(self.sandbox.account("cloudflare")).read().get("faults") or []
        left = sum(fault["times"] for fault in faults if fault.get("name") == record_of(wildcard.zone))
        return f"{TRIES - left} times 429"

    def orders(self, wildcard: Wildcard) -> int:
        """It makes none."""
        raise NotImplementedError

    def left(self) -> set[tuple[str, str]]:
        """It makes none."""
        raise NotImplementedError

    def root(self) -> bytes:
        """Its certificates sign themselves."""
        raise NotImplementedError

    def expire(self, wildcards: Sequence[Wildcard]) -> None:
        """Their time is set to a minute ago: they live for ninety days."""
        past = f"{datetime.now(UTC) - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
        for wildcard in wildcards:
            live = found.certificate(self.cluster, wildcard)
            patch(self.cluster, live, {"status": {"renewalTime": past}}, MANAGER, status=True)


def fits(pair: Pair | None, wildcard: Wildcard) -> bool:
    """Whether a pair is there, for all names of a wildcard, its key its own, and its time now."""
    if pair is None:
        return False
    read = found.read(pair)
    in_time = read.begins <= datetime.now(UTC) <= read.ends
    return read.matches and in_time and set(read.names) == set(wildcard.names)
