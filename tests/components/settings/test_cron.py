"""Cron lines are checked as their readers check them, and for days that never come."""

from __future__ import annotations

import re

import pytest

from components.settings.cron import cron


@pytest.mark.parametrize(
    "line",
    [
        "* * * * *",
        "30 3 * * *",
        "*/15 0-6 1,15 * mon-fri",
        "0 0 29 2 *",
        "0 0 31 1,2 *",
        "5/20 4 * JAN-MAR 0",
        "0 0 31 2 1",  # the weekday is an alternative to the day
        "0,30  4 * * *",
    ],
)
def test_a_good_line_is_kept_as_it_is(line: str) -> None:
    assert cron(line) == line


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("0", "1 field"),
        ("0 3 * * * *", "6 fields"),
        ("60 3 * * *", "minute '60' is not in 0-59"),
        ("0 24 * * *", "hour '24' is not in 0-23"),
        ("0 3 0 * *", "day '0' is not in 1-31"),
        ("0 3 * 13 *", "month '13' is not in 1-12"),
        ("0 3 * * 7", "weekday '7' is not in 0-6"),
        ("0 3 * * sunday", "weekday 'sunday' is not in 0-6"),
        ("0 3 * mon *", "month 'mon' is not in 1-12"),
        ("0 -3 * * *", "hour '' is not in 0-23"),
        ("0, 3 * * *", "minute '' is not in 0-59"),
        ("0 5-3 * * *", "hour range 5-3 runs backwards"),
        ("0 3 * * fri-mon", "weekday range fri-mon runs backwards"),
        ("*/0 3 * * *", "minute step '0' is not in 1-59"),
        ("*/90 * * * *", "minute step '90' is not in 1-59"),
        ("*/ 3 * * *", "minute step '' is not in 1-59"),
        ("0 3 30 2 *", "no such day in any of these months"),
        ("0 3 31 4,6,9,11 *", "no such day in any of these months"),
    ],
)
def test_a_bad_line_says_which_field_is_wrong(line: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(reason)}$"):
        cron(line)
