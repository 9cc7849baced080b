"""The one kind of error of this package."""

from __future__ import annotations


class UnreadableError(Exception):
    """One line: what was expected of the engine, and what it said."""
