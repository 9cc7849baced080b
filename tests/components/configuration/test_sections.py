"""Sections that say of themselves what does not go together are asked, wherever in the tree they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.configuration.problems import Path
from components.configuration.sections import sections_that_fit
from components.settings.base import Checked, Model


class Pair(Checked):
    left: int = 0
    right: int = 0

    def problems(self) -> Iterator[tuple[tuple[str, ...], str]]:
        if self.left > self.right:
            yield ("left",), "too large"


class Inner(Model):
    plain_pair: Pair = Pair()
    optional: Pair | None = None


class Outer(Pair):
    inner: Inner = Inner()


class Tree(Model):
    outer: Outer = Outer()


BAD = {"left": 1}


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ({}, []),
        ({"outer": {"left": 1, "right": 1}}, []),
        ({"outer": BAD}, ["outer.left"]),
        ({"outer": {"inner": {"plainPair": BAD}}}, ["outer.inner.plainPair.left"]),
        ({"outer": {"inner": {"optional": BAD}}}, ["outer.inner.optional.left"]),
        ({"outer": {**BAD, "inner": {"plainPair": BAD}}}, ["outer.left", "outer.inner.plainPair.left"]),
    ],
)
def test_a_section_is_asked_at_any_depth(values: dict[str, Any], keys: list[str]) -> None:
    assert list(sections_that_fit(values, set(), Tree)) == [f"homelab:{key}: too large" for key in keys]


@pytest.mark.parametrize(
    ("broken", "keys"),
    [
        (("outer", "right"), ["outer.inner.plainPair.left"]),
        (("outer", "inner", "plainPair", "right"), []),
        (("outer", "inner", "optional", "left"), ["outer.inner.plainPair.left"]),
    ],
)
def test_nothing_more_is_said_of_a_section_with_a_broken_value(broken: Path, keys: list[str]) -> None:
    values = {"outer": {**BAD, "inner": {"plainPair": BAD}}}
    assert list(sections_that_fit(values, {broken}, Tree)) == [f"homelab:{key}: too large" for key in keys]
