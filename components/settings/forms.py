"""The form that DNS and certificates want of a host, made of what a person wrote."""

from __future__ import annotations

import re
from typing import Final

_OF_OLD: Final = frozenset("\u00df\u03c2\u200c\u200d")
"""Characters that the older standard of international names, which Python has, turns into others."""


def host(text: str) -> str:
    """A host in lower case, its umlauts in punycode, without white space around it and the dot at its end."""
    bare = text.strip().rstrip(".").lower()
    if _OF_OLD & set(bare):
        return text
    try:
        return bare.encode("idna").decode("ascii")
    except UnicodeError:
        return text


def host_within(text: str) -> str:
    """A text with a host in it, perhaps between a scheme and a port or a path, in which the host is in its form."""
    parts = re.fullmatch(r"\s*([A-Za-z]+://)?([^/:\s]+)([/:]\S*)?\s*", text)
    return f"{(parts[1] or '').lower()}{host(parts[2])}{parts[3] or ''}" if parts else text


def mailbox(text: str) -> str:
    """An e-mail address whose domain is in its form."""
    name, at, domain = text.strip().rpartition("@")
    return f"{name}{at}{host(domain)}"
