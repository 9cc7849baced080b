"""What a component shows of its arguments in previews and in the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

_SCALARS = (str, int, float, bool, Enum)


def plain(args: Any) -> dict[str, Any]:
    """The plain values among a component's arguments, by field: texts, numbers, switches, lists or mappings of them.

    Outputs and resources are left out, since a component that had them for inputs would be registered only when they
    are known; so is every field that may be given as an output, because a secret is given in that way.
    """
    given = [field for field in fields(args) if "Input[" not in str(field.type)]
    found = {field.name: getattr(args, field.name) for field in given}
    return {name: _listed(value) for name, value in found.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(isinstance(item, _SCALARS) for item in value.values())
    if isinstance(value, list | tuple | frozenset):
        return all(isinstance(item, _SCALARS) for item in value)
    return isinstance(value, _SCALARS)


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return (
        sorted(value, key=str) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
    )
