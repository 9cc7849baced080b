"""Scalars as Kubernetes reads them."""

from __future__ import annotations

import pytest

from sandbox import yaml_text


@pytest.mark.parametrize("scalar", ["=", "2026-01-02", "on", "yes", "off"])
def test_what_only_an_older_yaml_takes_for_something_else_is_text(scalar: str) -> None:
    assert list(yaml_text.documents(f"a: [{scalar}]\n")) == [{"a": [scalar]}]


def test_the_rest_is_what_it_looks_like() -> None:
    assert list(yaml_text.documents("a: [true, 1, 1.5, null, '2']\n---\nb: 1\n")) == [
        {"a": [True, 1, 1.5, None, "2"]},
        {"b": 1},
    ]
