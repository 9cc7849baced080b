"""Where a thing is looked up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from recovery.state import Resource


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that is there."""

    id: str
    """As the provider knows it."""
    properties: Mapping[str, Any] = field(default_factory=dict)
    """As far as it is known by them; named as the provider's inputs are."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """What has to be in the state for the provider to read the rest."""
    unfinished: str = ""
    """How far it had come, where that is less than to be taken over."""
    undo: Callable[[], None] | None = None
    """Brings what is unfinished to where it was before it was begun; may raise RecoveryError."""


class Directory(Protocol):
    """An account, or the cluster."""

    @property
    def title(self) -> str:
        """What people call it."""

    def things(self, resource: Resource) -> Sequence[Thing]:
        """Everything of the resource's kind in the place where it would be.

        Raises:
            RecoveryError: it does not answer.
        """
