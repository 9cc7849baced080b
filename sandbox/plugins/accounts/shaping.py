"""Values in the shape of a table: compared, completed, pruned, and with secrets marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.plugins.accounts.schema import Property, parsed_json
from sandbox.plugins.interface import Change
from sandbox.plugins.wire import UNKNOWN, Secret, has_unknown


def changes(prop: Property, wanted: Any, actual: Any, path: str = "", *, replace: bool = False) -> Iterator[Change]:
    """How plain wanted values differ from plain actual ones. What the account may choose itself never differs."""
    replace = replace or prop.replace
    if wanted is None:
        wanted = prop.default
    if wanted is None:
        if not (prop.computed or _is_empty(actual)):
            yield Change(path=path, kind="delete", replace=replace)
    elif prop.fields and isinstance(wanted, Mapping) and (isinstance(actual, Mapping) or not path):
        yield from _field_changes(prop.fields, wanted, actual or {}, path, replace=replace)
    elif prop.type == "list" and isinstance(wanted, list) and isinstance(actual, list) and len(wanted) == len(actual):
        item = prop.item or prop
        for index, (one, other) in enumerate(zip(wanted, actual, strict=True)):
            yield from changes(item, one, other, f"{path}[{index}]", replace=replace)
    elif not _same(prop, wanted, actual):
        yield Change(path=path, kind="add" if actual is None else "update", replace=replace)


def _field_changes(
    fields: Mapping[str, Property], wanted: Mapping[str, Any], actual: Mapping[str, Any], path: str, *, replace: bool
) -> Iterator[Change]:
    for key, prop in fields.items():
        below = f"{path}.{key}" if path else key
        yield from changes(prop, wanted.get(key), actual.get(key), below, replace=replace)


def _same(prop: Property, wanted: Any, actual: Any) -> bool:
    if has_unknown(wanted):
        return False
    if prop.type == "json":
        return bool(parsed_json(wanted) == parsed_json(actual))
    if prop.fields and isinstance(wanted, Mapping) and actual is None:
        return False
    return bool(wanted == actual) or (_is_empty(wanted) and _is_empty(actual))


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def completed(prop: Property, value: Any) -> Any:
    """The value with defaults where nothing is given; entries that are None are left out."""
    if isinstance(value, Mapping) and prop.fields:
        filled = {}
        for key, entry in prop.fields.items():
            chosen = completed(entry, value[key]) if value.get(key) is not None else entry.default
            if chosen is not None:
                filled[key] = chosen
        return filled
    if isinstance(value, list) and prop.item:
        return [completed(prop.item, entry) for entry in value]
    return value


def foreseen(prop: Property, wanted: Any, actual: Any) -> Any:
    """What a preview knows of the result: the wanted values, and unknown ones where the account will choose."""
    if wanted is None:
        if prop.default is not None:
            return prop.default
        return (UNKNOWN if actual is None or prop.volatile else actual) if prop.computed else None
    if isinstance(wanted, Mapping) and prop.fields:
        held = actual if isinstance(actual, Mapping) else {}
        known = {key: foreseen(entry, wanted.get(key), held.get(key)) for key, entry in prop.fields.items()}
        return {key: entry for key, entry in known.items() if entry is not None}
    if isinstance(wanted, list) and prop.item:
        held_list = actual if isinstance(actual, list) and len(actual) == len(wanted) else [None] * len(wanted)
        return [foreseen(prop.item, one, other) for one, other in zip(wanted, held_list, strict=True)]
    return wanted


def pruned(prop: Property, live: Any, declared: Any) -> Any:
    """The live value cut down to what was declared: the inputs that a refresh finds."""
    if not any(changes(prop, declared, live)):
        return declared
    if isinstance(live, Mapping) and isinstance(declared, Mapping) and prop.fields:
        return {
            key: pruned(prop.fields[key], live[key], entry)
            for key, entry in declared.items()
            if key in prop.fields and live.get(key) is not None
        }
    if isinstance(live, list) and isinstance(declared, list) and prop.item:
        known = [pruned(prop.item, one, other) for one, other in zip(live, declared, strict=False)]
        return known + [importable(prop.item, one) for one in live[len(declared) :]]
    return live


def importable(prop: Property, live: Any) -> Any:
    """The live value as the inputs that would make it: without what the account chose or assumes."""
    if isinstance(live, Mapping) and prop.fields:
        return {
            key: importable(entry, live[key])
            for key, entry in prop.fields.items()
            if live.get(key) is not None and not entry.computed and live[key] != entry.default
        }
    if isinstance(live, list) and prop.item:
        return [importable(prop.item, entry) for entry in live]
    return live


def protected(prop: Property, value: Any) -> Any:
    """The value with everything marked secret that the table says is secret; what it does not list is left out."""
    if value is None or value is UNKNOWN or isinstance(value, Secret):
        return value
    if isinstance(value, Mapping) and prop.fields:
        inner: Any = {key: protected(prop.fields[key], entry) for key, entry in value.items() if key in prop.fields}
    elif isinstance(value, list) and prop.item:
        inner = [protected(prop.item, entry) for entry in value]
    else:
        inner = value
    return Secret(inner) if prop.secret else inner
