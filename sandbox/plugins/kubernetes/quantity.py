"""Equality as the API server sees it: it rewrites quantities when it stores them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

QUANTITY: Final = re.compile(r"([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(|[numkMGTPE]|[KMGTPE]i|[eE][+-]?\d+)")
SCALE: Final = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}
FIELDS: Final = frozenset(
    {
        "allocatable",
        "averageValue",
        "capacity",
        "default",
        "defaultRequest",
        "divisor",
        "hard",
        "limits",
        "max",
        "maxLimitRequestRatio",
        "min",
        "overhead",
        "requests",
        "resources",
        "sizeLimit",
        "storage",
    }
)
"""Fields whose values, or the values below them, are quantities in the API."""


def amount(value: Any) -> Decimal | None:
    """The number that a quantity such as `512Mi`, `100m` or 2 stands for; None if it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    match = QUANTITY.fullmatch(str(value))
    if match is None:
        return None
    number, suffix = match.groups()
    if suffix[:1] in ("e", "E") and len(suffix) > 1:
        return Decimal(number + suffix)
    return Decimal(number) * SCALE[suffix]


def same_scalar(declared: Any, live: Any, *, quantities: bool) -> bool:
    """Whether a live value is what was declared; `quantities` says that the field holds a quantity."""
    if declared == live and isinstance(declared, bool) == isinstance(live, bool):
        return True
    if quantities:
        first, second = amount(declared), amount(live)
        return first is not None and first == second
    return False
