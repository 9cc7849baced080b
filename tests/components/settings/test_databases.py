"""What a stack file says of databases: moments that there are, and keys that go together."""

from __future__ import annotations

from typing import Any

import pytest

from components.settings import ClusterSettings, DatabaseSettings

MOMENT = "2026-11-20T03:15:00Z"


def problems(kind: type[ClusterSettings], values: dict[str, Any]) -> list[tuple[str, ...]]:
    """The keys that have a problem with each other."""
    return [path for path, _ in kind.model_validate(values).problems()]


def test_by_itself_a_database_is_backed_up_every_day_and_nothing_is_restored() -> None:
    found = DatabaseSettings()
    assert (found.where, found.schedule, found.retention) == ("own", "15 2 * * *", 30)
    assert (found.restores, found.serving, found.original) == ({}, None, "kept")
    assert list(found.problems()) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"restores": {MOMENT: {}}, "serving": MOMENT, "original": "removed"}, []),
        ({"original": "removable"}, []),
        ({"serving": MOMENT}, [("serving",)]),
        ({"original": "removed"}, [("original",)]),
        ({"restores": {MOMENT: {"source": MOMENT}}}, [("restores", MOMENT, "source")]),
        # Of a cluster that is gone the archive may still be there.
        ({"restores": {MOMENT: {"source": "2026-01-01T00:00:00Z"}}}, []),
    ],
)
def test_keys_that_do_not_go_together_are_named(values: dict[str, Any], expected: list[tuple[str, ...]]) -> None:
    assert problems(ClusterSettings, values) == expected


def test_a_shared_database_is_not_restored_by_itself() -> None:
    assert problems(DatabaseSettings, {"where": "shared", "restores": {MOMENT: {}}}) == [("restores",)]
