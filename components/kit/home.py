"""What a home is called in accounts that it may share with another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.vocabulary import PRODUCT


@dataclass(frozen=True, kw_only=True)
class Home:
    """The name of one homelab among several; the only one of its accounts needs none."""

    name: str = ""

    def own(self, name: str) -> str:
        """A thing's name in an account that several homes have things of that name in."""
        return f"{self.name}-{name}" if self.name else name

    @property
    def mark(self) -> str:
        """What is written on things that are nobody's by name: tags, comments."""
        return self.name or PRODUCT


THE_ONLY_ONE: Final = Home()
"""A home whose accounts are its alone."""
