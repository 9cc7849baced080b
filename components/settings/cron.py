"""The five-field cron lines that CronJobs and Navidrome read."""

from __future__ import annotations

from dataclasses import dataclass

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WEEKDAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_LONGEST_MONTH = dict.fromkeys(range(1, 13), 31) | {2: 29} | dict.fromkeys((4, 6, 9, 11), 30)


@dataclass(frozen=True, kw_only=True)
class _Field:
    name: str
    lowest: int
    highest: int
    words: tuple[str, ...] = ()

    def values(self, text: str) -> set[int]:
        """Every value that one field of a line stands for."""
        return {value for part in text.split(",") for value in self._part(part)}

    def _part(self, text: str) -> range:
        span, slash, step_text = text.partition("/")
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = self.lowest, self.highest
        else:
            low = self._number(first)
            # "5/10" stands for "from 5 on, every 10", "5" for itself
            high = self._number(last) if dash else self.highest if slash else low
        if low > high:
            raise ValueError(f"{self.name} range {span} runs backwards")
        if not slash:
            return range(low, high + 1)
        if not step_text.isdecimal() or not 1 <= int(step_text) <= self.highest:
            raise ValueError(f"{self.name} step {step_text!r} is not in 1-{self.highest}")
        return range(low, high + 1, int(step_text))

    def _number(self, text: str) -> int:
        if text.lower() in self.words:
            return self.words.index(text.lower()) + self.lowest
        if not (text.isascii() and text.isdecimal()) or not self.lowest <= int(text) <= self.highest:
            raise ValueError(f"{self.name} {text!r} is not in {self.lowest}-{self.highest}")
        return int(text)


_FIELDS = (
    _Field(name="minute", lowest=0, highest=59),
    _Field(name="hour", lowest=0, highest=23),
    _Field(name="day", lowest=1, highest=31),
    _Field(name="month", lowest=1, highest=12, words=tuple(_MONTHS)),
    # the readers' cron library has no 7 for Sunday
    _Field(name="weekday", lowest=0, highest=6, words=tuple(_WEEKDAYS)),
)


def cron(text: str) -> str:
    """The line itself, once every field is in range and some day of the year fulfils it.

    Raises:
        ValueError: in a few words, which field is wrong and how.
    """
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"{len(parts)} field{'' if len(parts) == 1 else 's'}")
    _, _, days, months, _ = (field.values(part) for field, part in zip(_FIELDS, parts, strict=True))
    # a restricted weekday is an alternative to the day, so only a free one leaves the day alone to decide
    if parts[4] == "*" and all(min(days) > _LONGEST_MONTH[month] for month in months):
        raise ValueError("no such day in any of these months")
    return text
