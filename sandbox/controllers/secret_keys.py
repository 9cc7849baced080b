"""The names that 1Password's operator gives to an item's fields in a Secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

LONGEST: Final = 253
VALID: Final = re.compile(r"[-._a-zA-Z0-9]+")
INVALID: Final = re.compile(r"[^-._a-zA-Z0-9]+")
INVALID_ENDS: Final = re.compile(r"^[^-._a-zA-Z0-9]+|[^-._a-zA-Z0-9]+$")


def key_of(label: str) -> str:
    """The key of a label: as it is where Kubernetes accepts it; else invalid ends cut and invalid runs to a hyphen."""
    acceptable = VALID.fullmatch(label) and len(label) <= LONGEST and label not in (".", "..")
    if acceptable and not label.startswith(".."):
        return label
    return INVALID.sub("-", INVALID_ENDS.sub("", label))[:LONGEST]


def data_of(item: Mapping[str, Any]) -> dict[str, str]:
    """An item's values by key: its addresses by their labels, over them its fields; empty values are left out.

    A section's name is no part of a key, so of two fields of one label the later one wins, as with the operator.
    """
    data: dict[str, str] = {}
    for url in _preferred(item.get("urls") or []):
        if url.get("label"):
            data[key_of(url["label"])] = url.get("href") or url.get("url") or ""
    for field in item.get("fields") or []:
        if field.get("value"):
            data[key_of(field.get("label") or "")] = field["value"]
    return {key: value for key, value in data.items() if key and value}


def _preferred(urls: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(urls, key=lambda url: bool(url.get("primary")))
