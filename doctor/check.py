"""What a check is: a function that walks the references of one kind and says which of them lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from doctor.snapshot import Snapshot

Problem = tuple[str, str]
"""What is wrong, and what to do about it; both empty if nothing is wrong."""
FINE: Final[Problem] = ("", "")


def unless(good: object, fault: str, advice: str) -> Problem:
    """The problem that there is unless something is as it should be."""
    return FINE if good else (fault, advice)


@dataclass(frozen=True)
class Reference:
    """One reference: who refers to what, and, if it does not resolve, what is wrong and what to do."""

    subject: str
    target: str
    fault: str = ""
    """What is wrong, with what comes of it; empty if the reference resolves."""
    advice: str = ""
    """What to do about it: there is no fault without it."""

    def __post_init__(self) -> None:
        if bool(self.fault) != bool(self.advice):
            message = f"a broken reference has a fault and an advice, got {self.fault!r} and {self.advice!r}"
            raise ValueError(message)

    @property
    def problem(self) -> str:
        """Fault and advice in one line; empty if the reference resolves."""
        return f"{self.fault}: {self.advice}" if self.fault else ""


@dataclass(frozen=True, kw_only=True)
class Context:
    """What a check works on."""

    snapshot: Snapshot
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Check:
    """One kind of reference."""

    name: str
    """`from -> to`, for people."""
    walk: Callable[[Context], Iterator[Reference]]


CHECKS: list[Check] = []
"""Every check, in the order of the table."""


def check(name: str) -> Callable[[Callable[[Context], Iterator[Reference]]], Callable[[Context], Iterator[Reference]]]:
    """Register a check under its name."""

    def register(walk: Callable[[Context], Iterator[Reference]]) -> Callable[[Context], Iterator[Reference]]:
        CHECKS.append(Check(name=name, walk=walk))
        return walk

    return register
