"""The table of how our Kubernetes plugin compares: each line is held by a test that exists."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from sandbox.paths import REPOSITORY

TABLE: Final = (REPOSITORY / "docs" / "kubernetes-plugin.md").read_text()
ROWS: Final = [line for line in TABLE.splitlines() if line.startswith("| ") and not line.endswith("| test |")]
TESTS: Final = REPOSITORY / "tests" / "sandbox"


def function(named: str) -> bool:
    """Whether `file::function` is a test."""
    file, _, name = named.partition("::")
    found: list[Path] = list(TESTS.rglob(file))
    return len(found) == 1 and re.search(rf"^def {name}\(", found[0].read_text(), re.MULTILINE) is not None


def test_there_is_a_table() -> None:
    assert len(ROWS) > 20


@pytest.mark.parametrize("row", ROWS)
def test_each_line_names_a_test_that_exists(row: str) -> None:
    named = re.search(r"\| `(test_\w+\.py::test_\w+)` \|$", row)
    assert named, "expected the test in the last column, as `file::function`"
    assert function(named.group(1)), named.group(1)
