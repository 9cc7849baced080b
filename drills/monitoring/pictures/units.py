"""Values as Grafana writes them, by its own names of units."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Scale = Sequence[tuple[float, str]]
"""From which value on which word; each value is divided by that."""

TIMES: Final[Scale] = (
    (1e-6, "µs"),
    (1e-3, "ms"),
    (1, "s"),
    (60, "min"),
    (3600, "hours"),
    (86_400, "days"),
    (7 * 86_400, "weeks"),
    (365 * 86_400, "years"),
)
COUNTS: Final[Scale] = ((1, ""), (1e3, "K"), (1e6, "Mil"), (1e9, "Bil"))
THOUSANDS: Final = ("", "k", "M", "G", "T")
BINARY: Final[Scale] = ((1, "B"), *((1024.0**power, f"{letter}iB") for power, letter in enumerate("KMGT", start=1)))


def written(value: float, unit: str) -> str:
    """A value with its unit; a unit that is not known stands behind it by its name."""
    if not math.isfinite(value):
        return "no value"
    form = FORMS.get(unit)
    return form(value) if form else f"{number(value)} {unit}"


def number(value: float) -> str:
    """Three digits that count, and all of those before the point."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled(scale: Scale) -> Callable[[float], str]:
    """Writes a value by the greatest word that it reaches."""

    def write(value: float) -> str:
        # Nothing is nothing of the unit itself.
        reached = [each for each in scale if (abs(value) or 1.0) >= each[0]] or [scale[0]]
        size, word = reached[-1]
        return f"{number(value / size)} {word}".rstrip()

    return write


def after(word: str, space: str = " ") -> Callable[[float], str]:
    """Writes a value with a word behind it."""
    return lambda value: f"{number(value)}{space}{word}"


def metric(word: str) -> Scale:
    """A unit with its thousands."""
    return tuple((1000.0**power, f"{letter}{word}") for power, letter in enumerate(THOUSANDS))


SCALES: Final[Mapping[str, Scale]] = {
    "short": COUNTS,
    "s": TIMES,
    "bytes": BINARY,
    "Bps": metric("B/s"),
    "watt": metric("W"),
}
"""Units that are written in another size where there is much of them."""


def scale_of(value: float, unit: str) -> float:
    """By what a value is divided before it is written."""
    scale = SCALES.get(unit, ((1.0, ""),))
    return max([size for size, _ in scale if size <= value], default=scale[0][0])


FORMS: Final[Mapping[str, Callable[[float], str]]] = {
    "": number,
    "none": number,
    "percentunit": lambda value: f"{number(value * 100)}%",
    "percent": after("%", ""),
    "humidity": after("%H", ""),
    "celsius": after("°C"),
    "d": after("days"),
    "kwatth": after("kWh"),
    "reqps": after("req/s"),
    **{unit: scaled(scale) for unit, scale in SCALES.items()},
}
