"""How something that cannot be used is refused."""

from __future__ import annotations


class ConfigurationError(Exception):
    """A spec cannot be used, or refers to something that is not there; in the operator's words."""
