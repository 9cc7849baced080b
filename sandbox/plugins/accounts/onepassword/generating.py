"""Passwords by recipe, as 1Password makes them."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping
from typing import Any, Final

DEFAULT: Final[Mapping[str, Any]] = {"length": 32, "letters": True, "digits": True, "symbols": True}
SETS: Final[Mapping[str, str]] = {"letters": string.ascii_letters, "digits": string.digits, "symbols": "!@.-_*"}


def password(recipe: Mapping[str, Any]) -> str:
    """A new password with at least one character of each wanted set, as far as its length allows."""
    whole = {**DEFAULT, **recipe}
    sets = [characters for name, characters in SETS.items() if whole[name]]
    pool = "".join(sets)
    chosen = [secrets.choice(characters) for characters in sets][: whole["length"]]
    chosen += [secrets.choice(pool) for _ in range(whole["length"] - len(chosen))]
    secrets.SystemRandom().shuffle(chosen)
    return "".join(chosen)


def follows(value: str, recipe: Mapping[str, Any]) -> bool:
    """Whether a value could come from this recipe; a field that does not follow its recipe is generated anew."""
    whole = {**DEFAULT, **recipe}
    has = {"letters": "[a-zA-Z]", "digits": "[0-9]", "symbols": "[^a-zA-Z0-9]"}
    return len(value) == whole["length"] and all(
        bool(re.search(pattern, value)) == whole[name] for name, pattern in has.items()
    )


def item_id() -> str:
    """A random id of an item: 26 lower-case letters and digits."""
    return "".join(secrets.choice(string.ascii_lowercase + "234567") for _ in range(26))
