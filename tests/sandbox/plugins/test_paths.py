from __future__ import annotations

from typing import Any

import pytest

from sandbox.plugins import paths
from sandbox.plugins.wire import Secret


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a", ["a"]),
        ("spec.rules[0].host", ["spec", "rules", 0, "host"]),
        ('metadata.annotations["a.b/c"]', ["metadata", "annotations", "a.b/c"]),
        ('["x"].y[*]', ["x", "y", "*"]),
    ],
)
def test_paths_are_parsed(path: str, steps: list[Any]) -> None:
    assert paths.parse(path) == steps


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", {"a": 1, "l": [{"x": 5, "y": 6}, {"x": 7}], "s": Secret({"k": 8})}),
        ("l[0].x", {"a": 2, "l": [{"x": 3, "y": 6}, {"x": 7}], "s": Secret({"k": 8})}),
        ("l[*].x", {"a": 2, "l": [{"x": 3, "y": 6}, {}], "s": Secret({"k": 8})}),
        ("l[0]", {"a": 2, "l": [{"x": 3}, {"x": 7}], "s": Secret({"k": 8})}),
        ("s.k", {"a": 2, "l": [{"x": 5, "y": 6}, {"x": 7}], "s": Secret({"k": 9})}),
        ("gone.deep", {"a": 2, "l": [{"x": 5, "y": 6}, {"x": 7}], "s": Secret({"k": 8})}),
    ],
)
def test_ignored_paths_keep_the_old_value(path: str, expected: dict[str, Any]) -> None:
    old = {"a": 1, "l": [{"x": 3}], "s": Secret({"k": 9})}
    new = {"a": 2, "l": [{"x": 5, "y": 6}, {"x": 7}], "s": Secret({"k": 8})}
    paths.copy(path, old, new)
    assert new == expected


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("spec", "spec", True),
        ("spec", "spec.a[0].b", True),
        ("spec.a", "spec", False),
        ("spec", "specs", False),
        ("a[*].b", "a[3].b.c", True),
        ("*", "anything.at.all", True),
        ('a["b.c"]', "a.b.c", False),
    ],
)
def test_what_a_pattern_covers(pattern: str, path: str, *, covered: bool) -> None:
    assert paths.covers(pattern, path) is covered
