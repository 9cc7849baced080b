"""The rules, by subject."""

from __future__ import annotations

from typing import Final

from policy.rule import Rule
from policy.rules import data, databases, exempting, namespaces, network, pods, routes, secrets

_OF_OBJECTS: Final = (
    *pods.RULES,
    *secrets.RULES,
    *namespaces.RULES,
    *network.RULES,
    *routes.RULES,
    *data.RULES,
    *databases.RULES,
)

RULES: Final[tuple[Rule, ...]] = (*_OF_OBJECTS, exempting.rule(frozenset(item.name for item in _OF_OBJECTS)))
"""Every rule."""
