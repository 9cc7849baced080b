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


def compare(
    old: Mapping[str, Any], new: Mapping[str, Any], *, immutable: tuple[str, ...], default_namespace: str
) -> Diff:
    """What an update from the old inputs to the new ones would change.

    `immutable` are the paths whose change replaces the object. A replacement that keeps its name has to delete the old
    object first. A missing namespace and the default one are the same.
    """
    changes = []
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
    """An entry of a map or list; no value and no entry are the same."""
    if _plain(old) is None and _plain(new) is None:
        return
    if _plain(old) is None:
        yield path, "add"
    elif _plain(new) is None:
        yield path, "delete"
    else:
        yield from _changes(path, old, new, quantities=quantities)


def _join(path: str, key: str) -> str:
    """A property path in the engine's notation: keys that are no plain words are quoted."""
    if PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    quoted = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
