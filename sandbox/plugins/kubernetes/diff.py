"""How two sets of inputs differ."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.plugins.kubernetes.quantity import FIELDS as QUANTITIES
from sandbox.plugins.kubernetes.quantity import same_scalar
from sandbox.plugins.server import Change, Diff
from sandbox.plugins.wire import UNKNOWN, Secret

PLAIN_KEY: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
VERSION: Final = "apiVersion"
MAPS: Final = frozenset(
    {
        "annotations",
        "binaryData",
        "data",
        "labels",
        "limits",
        "matchLabels",
        "nodeSelector",
        "parameters",
        "requests",
        "stringData",
    }
)
"""Maps of plain values, of which none and an empty one are the same: the published plugin reads what it compares into
the API's own types, which leave out what is empty."""


def compare(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    *,
    immutable: tuple[str, ...],
    default_namespace: str,
    more: tuple[Change, ...] = (),
) -> Diff:
    """What an update from the old inputs to the new ones would change.

    `immutable` are the paths whose change replaces the object. A replacement that keeps its name has to delete the old
    object first. A missing namespace and the default one are the same. `more` are changes that the inputs do not show.
    """
    changes = list(more)
    for path, kind in _changes("", old, new, quantities=False):
        if path == "metadata.namespace" and _namespace(old, default_namespace) == _namespace(new, default_namespace):
            continue
        changes.append(Change(path=path, kind=kind, replace=_replaces(path, old, new, immutable)))
    replaced = any(change.replace for change in changes)
    same_object = all(_identity(old, key, default_namespace) == _identity(new, key, default_namespace) for key in KEYS)
    return Diff(changes=changes, delete_before_replace=replaced and same_object)


KEYS: Final = ("group", "kind", "name", "namespace")


def _identity(inputs: Mapping[str, Any], key: str, default_namespace: str) -> Any:
    if key == "group":
        version = _plain(inputs.get(VERSION))
        return version.rpartition("/")[0] if isinstance(version, str) else version
    if key == "kind":
        return _plain(inputs.get("kind"))
    if key == "namespace":
        return _namespace(inputs, default_namespace)
    metadata = _plain(inputs.get("metadata"))
    return _plain(metadata.get(key)) if isinstance(metadata, Mapping) else metadata


def _namespace(inputs: Mapping[str, Any], default: str) -> Any:
    metadata = _plain(inputs.get("metadata"))
    return (_plain(metadata.get("namespace")) or default) if isinstance(metadata, Mapping) else metadata


def _replaces(path: str, old: Mapping[str, Any], new: Mapping[str, Any], immutable: tuple[str, ...]) -> bool:
    if path == VERSION:
        return bool(_identity(old, "group", "") != _identity(new, "group", ""))
    if path == "kind":
        return True
    return any(path == field or path.startswith((f"{field}.", f"{field}[")) for field in immutable)


def _plain(value: Any) -> Any:
    return _plain(value.value) if isinstance(value, Secret) else value


def _changes(path: str, old: Any, new: Any, *, quantities: bool) -> Iterator[tuple[str, str]]:
    """Every path that differs, with `add`, `delete` or `update`; an unknown value differs from everything."""
    old, new = _plain(old), _plain(new)
    if old is UNKNOWN or new is UNKNOWN:
        yield path, "update"
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = quantities or key in QUANTITIES
            yield from _entry(_join(path, key), old.get(key), new.get(key), quantities=below)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            first = old[index] if index < len(old) else None
            second = new[index] if index < len(new) else None
            yield from _entry(f"{path}[{index}]", first, second, quantities=quantities)
    elif not same_scalar(old, new, quantities=quantities):
        yield path, "update"


def _entry(path: str, old: Any, new: Any, *, quantities: bool) -> Iterator[tuple[str, str]]:
    """An entry of a map or list; no value and no entry are the same, and so is a map of plain values without any."""
    missing = [_plain(value) is None or (_plain(value) == {} and _is_map(path)) for value in (old, new)]
    if all(missing):
        return
    if missing[0]:
        yield path, "add"
    elif missing[1]:
        yield path, "delete"
    else:
        yield from _changes(path, old, new, quantities=quantities)


def _is_map(path: str) -> bool:
    return path.rpartition(".")[2] in MAPS


def _join(path: str, key: str) -> str:
    """A property path in the engine's notation: keys that are no plain words are quoted."""
    if PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
