"""Failures that an account was asked for, and how a provider's client meets them.

A fault is a message of the tester's own, or a kind of trouble. What comes of trouble is the client's affair: how often
it asks again, and in which words it gives up (`AccountProvider.tries`, `AccountProvider.complaint`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sandbox.plugins.wire import Properties

METHODS: Final = {"create": "POST", "read": "GET", "update": "PUT", "delete": "DELETE", "invoke": "GET"}
"""How an HTTP API is asked, by the engine's operation."""


class Trouble(StrEnum):
    """What an account in trouble does with a call."""

    LIMITED = "limited"
    """It answers 429, and says after how many seconds to ask again."""
    BROKEN = "broken"
    """It answers 500, and has done nothing."""
    SILENT = "silent"
    """It answers nothing for longer than the client waits, and has done nothing."""
    LOST = "lost"
    """It does the work, and the connection breaks before the answer is there."""

    @property
    def status(self) -> str:
        """What an HTTP API answers; empty if it does not get as far."""
        return {self.LIMITED: "429 Too Many Requests", self.BROKEN: "500 Internal Server Error"}.get(self, "")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What one call meets."""

    says: str
    """The message with which it fails, or a kind of trouble."""
    wait: float = 0.0
    """Seconds until the client goes on: those of `Retry-After`, or its patience."""

    @classmethod
    def of(cls, ordered: Mapping[str, Any]) -> Fault:
        """The fault as the account's file has it."""
        return cls(says=str(ordered.get("message", "it was asked to fail")), wait=float(ordered.get("wait", 0)))

    @property
    def trouble(self) -> Trouble | None:
        """The kind of trouble; None for a message."""
        return Trouble(self.says) if self.says in set(Trouble) else None


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a client has asked for in vain."""

    operation: str
    kind: str
    """The type's or lookup's own name."""
    id: str
    """Of the object; empty for one that is to be made, and for a lookup."""
    given: Properties
    """Plain properties that were sent, or are known of the object."""

    @property
    def method(self) -> str:
        """The HTTP method."""
        return METHODS[self.operation]
