"""Rules for values that several services share: each says what a value should have been, or nothing if it is that."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

_LABEL: Final = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"(\*\.)?({_LABEL}\.)*{_LABEL}", re.IGNORECASE)
_SLUG: Final = re.compile(r"[-a-zA-Z0-9_]+")
_NOT_IN_GO: Final = re.compile(r"\(\?(=|!|<=|<!|>|\(|#|P=)|\\[1-9]|[*+?}]\+")
_GO_DURATION: Final = re.compile(r"(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+")


def filled(value: Any) -> str:
    """Any text but the empty one."""
    return "" if str(value).strip() else "a text that is not empty"


def at_most(length: int, *, rule: Callable[[Any], str] | None = None) -> Callable[[Any], str]:
    """A rule for a text of so many characters that keeps another rule besides."""

    def judge(value: Any) -> str:
        if len(str(value)) > length:
            return f"at most {length} characters long"
        return rule(value) if rule else ""

    return judge


def between(least: int, most: int) -> Callable[[Any], str]:
    """A rule for a number."""
    return lambda value: "" if least <= value <= most else f"between {least} and {most}"


def host(value: Any) -> str:
    """A host name, with or without a wildcard in front."""
    matches = _HOST.fullmatch(str(value).rstrip(".")) and len(str(value)) <= 253
    return "" if matches else "a host name"


def url(value: Any) -> str:
    """An absolute http or https URL."""
    try:
        parts = urlsplit(str(value))
        named = bool(parts.hostname) and host(parts.hostname) == "" and parts.port != 0
    except ValueError:
        named = False
        parts = urlsplit("")
    return "" if named and parts.scheme in ("http", "https") and " " not in str(value) else "an http or https URL"


def slug(value: Any) -> str:
    """What Django takes as a slug."""
    return "" if _SLUG.fullmatch(str(value)) else "a slug: letters, digits, - and _ only"


def go_duration(value: Any) -> str:
    """A duration of Go's notation."""
    return "" if _GO_DURATION.fullmatch(str(value)) else "a duration such as 30m or 24h"


def regex(value: Any) -> str:
    """A regular expression, or several, one a line."""
    try:
        for line in str(value).splitlines():
            re.compile(line)
    except re.error:
        return "a regular expression"
    return ""


def go_regex(value: Any) -> str:
    """A regular expression that Go's library knows, which has neither lookaround nor references."""
    text = re.sub(r"\\\\|\[\^?\]?[^\]]*\]", "", str(value))
    return "a regular expression of Go's" if _NOT_IN_GO.search(text) else regex(value)


def is_address(value: Any, version: int) -> bool:
    """Whether it is an IP address of this version."""
    try:
        return ipaddress.ip_address(str(value)).version == version
    except ValueError:
        return False
