"""When a line of cron is due next, as far as the platform writes them: numbers, `*`, lists, ranges and steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

LOWEST: Final = (0, 0, 1, 1, 0)
HIGHEST: Final = (59, 23, 31, 12, 6)
LONGEST: Final = timedelta(days=366)


def next_after(line: str, moment: datetime) -> datetime | None:
    """The first minute after a moment that fulfils the line, in UTC; None if there is none within a year.

    A weekday that is given is an alternative to a day that is given, as with cron.
    """
    parts = line.split()
    minutes, hours, days, months, weekdays = (_values(*part) for part in zip(parts, LOWEST, HIGHEST, strict=True))
    either = parts[2] != "*" and parts[4] != "*"
    at = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    end = at + LONGEST
    while at < end:
        day, weekday = at.day in days, (at.weekday() + 1) % 7 in weekdays
        if at.month not in months or not ((day or weekday) if either else (day and weekday)):
            at = at.replace(hour=0, minute=0) + timedelta(days=1)
        elif at.hour not in hours:
            at = at.replace(minute=0) + timedelta(hours=1)
        elif at.minute not in minutes:
            at += timedelta(minutes=1)
        else:
            return at
    return None


def _values(text: str, lowest: int, highest: int) -> set[int]:
    return {value for part in text.split(",") for value in _range(part, lowest, highest)}


def _range(part: str, lowest: int, highest: int) -> range:
    span, _, step = part.partition("/")
    first, dash, last = span.partition("-")
    low = lowest if span == "*" else int(first)
    high = int(last) if dash else highest if span == "*" or step else low
    return range(low, high + 1, int(step or 1))
