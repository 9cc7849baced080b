"""What a check is: a function that walks the references of one kind and says which of them lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from doctor.snapshot import Snapshot


@dataclass(frozen=True)
class Reference:
    """One reference: who refers to what, and, if it does not resolve, what is wrong and what to do."""

    subject: str
    target: str
    problem: str = ""


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
