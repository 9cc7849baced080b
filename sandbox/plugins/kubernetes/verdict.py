"""What a look at an object says about its readiness."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.kube import Object


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Ready, not ready yet, or never going to be."""

    missing: tuple[str, ...] = ()
    """What is not there yet, for the user; nothing missing means ready."""
    fatal: bool = False
    """Whether waiting longer is of no use."""

    @property
    def ready(self) -> bool:
        """Whether the wait is over and went well."""
        return not self.missing


READY = Verdict()
Probe = Callable[[Object], Verdict]
"""Judges a live object."""


def waiting(*missing: str) -> Verdict:
    """Not ready yet, for these reasons."""
    return Verdict(missing=missing)


def failed(*missing: str) -> Verdict:
    """Not ready, and not going to be."""
    return Verdict(missing=missing, fatal=True)
