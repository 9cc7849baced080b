from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sandbox.plugins.kubernetes.quantity import amount, same_scalar


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", Decimal(1)),
        (2, Decimal(2)),
        ("100m", Decimal("0.1")),
        ("0.1", Decimal("0.1")),
        ("1Gi", Decimal(1024**3)),
        ("1024Mi", Decimal(1024**3)),
        ("1k", Decimal(1000)),
        ("12e6", Decimal("12e6")),
        ("1E", Decimal(1000) ** 6),
        ("-5", Decimal(-5)),
        ("abc", None),
        ("1 Gi", None),
        (True, None),
        (None, None),
    ],
)
def test_amounts(text: Any, value: Decimal | None) -> None:
    assert amount(text) == value


@pytest.mark.parametrize(
    ("declared", "live", "quantities", "same"),
    [
        ("1024Mi", "1Gi", True, True),
        (1, "1", True, True),
        ("1.0", "1.00", False, False),
        (True, 1, False, False),
        ("a", "a", False, True),
        ("a", "b", True, False),
    ],
)
def test_scalars(declared: Any, live: Any, quantities: bool, same: bool) -> None:
    assert same_scalar(declared, live, quantities=quantities) is same
