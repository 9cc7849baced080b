"""Schedules with seconds, and the usual ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sandbox.controllers.cron import Schedule, next_after

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
"""A Friday."""


@pytest.mark.parametrize(
    ("text", "following"),
    [
        ("* * * * * *", "2026-01-02T03:04:06"),
        ("0 30 3 * * *", "2026-01-02T03:30:00"),
        ("0 0 3 * * *", "2026-01-03T03:00:00"),
        ("0 */15 * * * *", "2026-01-02T03:15:00"),
        ("0 0 0 1 * *", "2026-02-01T00:00:00"),
        ("0 0 0 31 * *", "2026-01-31T00:00:00"),
        ("0 0 0 * * sun", "2026-01-04T00:00:00"),
        ("0 0 0 15 * 1", "2026-01-05T00:00:00"),
        ("0 0 12 29 feb ?", "2028-02-29T12:00:00"),
        ("10-20/5 4 3 * * *", "2026-01-02T03:04:10"),
        ("0 0 3 2", None),
        ("0 5 3 * *", "2026-01-02T03:05:00"),
        ("@daily", "2026-01-03T00:00:00"),
    ],
)
def test_the_next_moment_is_the_first_that_fits_every_field(text: str, following: str | None) -> None:
    if following is None:
        with pytest.raises(ValueError, match="Expected 5 to 6 fields, found 4"):
            Schedule(text)
        return
    found = Schedule(text).after(NOW)
    assert found is not None
    assert found.strftime("%Y-%m-%dT%H:%M:%S") == following


@pytest.mark.parametrize(
    "text", ["60 * * * * *", "* * 24 * * *", "* * * 0 * *", "a * * * * *", "5-1 * * * * *", "*/0 * * * * *"]
)
def test_a_value_out_of_range_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no (second|hour|day)"):
        Schedule(text)


def test_a_day_that_never_comes_is_never_due() -> None:
    assert Schedule("0 0 0 31 2 *").after(NOW) is None


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
