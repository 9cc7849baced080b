"""Durations as Prometheus writes them, such as `1d12h`."""

from __future__ import annotations

import re
from typing import Final

from sandbox.controllers.prometheus_operator.errors import ConfigurationError

UNITS: Final = {
    "y": 365 * 86400.0,
    "w": 7 * 86400.0,
    "d": 86400.0,
    "h": 3600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 0.001,
}
"""Seconds of each, from the longest to the shortest: they stand in this order."""
WHOLE: Final = re.compile("".join(rf"(?:(\d+){unit})?" for unit in UNITS))


def seconds(text: str) -> float:
    """The length of time.

    Raises:
        ConfigurationError: it is none.
    """
    found = WHOLE.fullmatch(text)
    if text == "0":
        return 0.0
    if not text or found is None:
        raise ConfigurationError(f'not a valid duration string: "{text}"')
    return sum(int(number) * UNITS[unit] for unit, number in zip(UNITS, found.groups(), strict=True) if number)


def check_timeout(timeout: str, interval: str) -> None:
    """See that a scrape ends before the next one begins.

    Raises:
        ConfigurationError: it does not, or one of them is no duration.
    """
    if timeout and seconds(timeout) > seconds(interval):
        raise ConfigurationError(f'scrapeTimeout "{timeout}" greater than scrapeInterval "{interval}"')
