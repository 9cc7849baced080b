"""Schedules as controllers read them: six fields, of which the first is the second, or the usual five."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

FIELDS: Final = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "day": (1, 31),
    "month": (1, 12),
    "weekday": (0, 6),
}
MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
WEEKDAYS: Final = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
SHORT: Final = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
YEARS: Final = 5
"""A schedule that no moment of so many years fits is none."""


class Schedule:
    """When something is due, by six fields.

    Not covered: `@every`, and a time zone other than UTC, in which controllers run.

    Raises:
        ValueError: the text is no schedule; says which field.
    """

    def __init__(self, text: str) -> None:
        words = SHORT.get(text.strip(), text).split()
        if len(words) == len(FIELDS) - 1:
            words.append("*")
        if len(words) != len(FIELDS):
            raise ValueError(f"Expected 5 to 6 fields, found {len(words)}: {text}")
        self._values = {name: _values(name, word) for name, word in zip(FIELDS, words, strict=True)}
        # A day fits if either of its two fields does, unless one of them is open.
        self._either = not any(words[index][0] in "*?" for index in (3, 5))

    def after(self, moment: datetime, years: int = YEARS) -> datetime | None:
        """The first moment after another one at which it is due; None if there is none in so many years."""
        at = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        end = at.year + years
        while at.year <= end:
            if at.month not in self._values["month"]:
                at = (at.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0)
            elif not self._is_day(at):
                at = (at + timedelta(days=1)).replace(hour=0, minute=0, second=0)
            elif at.hour not in self._values["hour"]:
                at = (at + timedelta(hours=1)).replace(minute=0, second=0)
            elif at.minute not in self._values["minute"]:
                at = (at + timedelta(minutes=1)).replace(second=0)
            elif at.second not in self._values["second"]:
                at += timedelta(seconds=1)
            else:
                return at
        return None

    def _is_day(self, at: datetime) -> bool:
        day, weekday = at.day in self._values["day"], at.isoweekday() % 7 in self._values["weekday"]
        return (day or weekday) if self._either else (day and weekday)


def next_after(line: str, moment: datetime) -> datetime | None:
    """The first moment after another one at which a line of five fields is due; None if there is none in a year."""
    return Schedule(f"0 {line}").after(moment, years=1)


def _values(name: str, text: str) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _range(name, part))


def _range(name: str, text: str) -> range:
    least, most = FIELDS[name]
    span, _, step = text.partition("/")
    first, dash, last = span.partition("-")
    if span in ("*", "?"):
        start, end = least, most
    else:
        start = _number(name, first)
        end = _number(name, last) if dash else most if step else start
    if (step and not step.isdecimal()) or step == "0" or not least <= start <= end <= most:
        raise ValueError(f"{text!r} is no {name}")
    return range(start, end + 1, int(step or 1))


def _number(name: str, text: str) -> int:
    known = {"month": MONTHS, "weekday": WEEKDAYS}.get(name, [])
    if text.lower() in known:
        return known.index(text.lower()) + FIELDS[name][0]
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no {name}")
    return int(text)
