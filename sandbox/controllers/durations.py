"""Durations as Go programs write them, such as `2160h` or `1h30m`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

PART: Final = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms)")
UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def parse_duration(text: str) -> timedelta:
    """The length of time; ValueError if it is none."""
    parts = PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is no duration; expected something like 2160h")
    return timedelta(seconds=sum(float(number) * UNITS[unit] for number, unit in parts))
