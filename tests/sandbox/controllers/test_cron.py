from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.controllers.cron import next_after

THURSDAY = datetime(2026, 11, 26, 2, 54, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "due"),
    [
        ("55 2 * * *", "2026-11-26 02:55"),
        ("54 2 * * *", "2026-11-27 02:54"),
        ("*/20 * * * *", "2026-11-26 03:00"),
        ("0 15 * * 6", "2026-11-28 15:00"),
        ("0 0 29 2 *", None),
        ("0 0 1 1 *", "2027-01-01 00:00"),
        ("0 5 1 * 5", "2026-11-27 05:00"),
        ("10-12,40 3 * * *", "2026-11-26 03:10"),
    ],
)
def test_the_next_time_is_the_first_that_fulfils_the_line(line: str, due: str | None) -> None:
    found = next_after(line, THURSDAY)
    assert (found and f"{found:%Y-%m-%d %H:%M}") == due
