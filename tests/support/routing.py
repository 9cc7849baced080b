"""What the rules of Traefik say, for tests."""

from __future__ import annotations

import re


def excluded(match: str) -> list[re.Pattern[str]]:
    """The patterns of the paths that a rule is not for."""
    return [re.compile(pattern) for pattern in re.findall(r"!PathRegexp\(`([^`]*)`\)", match)]
