"""The live object reduced to what the program declared, so that a refresh shows drift and nothing else.

What the server filled in and what other managers added is left out; what it merely wrote down differently keeps the
declared form. Whether a list is one value or a set of entries that several managers share is read from the object's
managed fields, where the server itself records it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sandbox.kube import Object
from sandbox.plugins.kubernetes.quantity import FIELDS as QUANTITIES
from sandbox.plugins.kubernetes.quantity import same_scalar
from sandbox.plugins.wire import Properties

SERVER_METADATA: Final = frozenset(
    {
        "creationTimestamp",
        "deletionGracePeriodSeconds",
        "deletionTimestamp",
        "generation",
        "managedFields",
        "ownerReferences",
        "resourceVersion",
        "selfLink",
        "uid",
    }
)
"""Metadata that nobody declares."""
GONE: Final = object()

Nodes = Sequence[Mapping[str, Any]]
"""What each field manager owns at one place of the object, in the notation of `fieldsV1`."""


def inputs_of(declared: Mapping[str, Any], live: Object) -> Properties:
    """The inputs that the live object amounts to, given the plain inputs it was made from."""
    nodes = [entry["fieldsV1"] for entry in live["metadata"].get("managedFields", []) if "fieldsV1" in entry]
    found = dict(live)
    if "stringData" in declared:
        found["stringData"] = _decoded(declared["stringData"], live.get("data") or {})
    pruned = _prune(declared, found, nodes, quantities=False)
    return pruned if isinstance(pruned, dict) else {}


def imported(live: Object) -> Properties:
    """The inputs for an object that no program declared yet: all of it but what the server keeps."""
    inputs = {key: value for key, value in live.items() if key != "status"}
    inputs["metadata"] = {key: value for key, value in live["metadata"].items() if key not in SERVER_METADATA}
    return inputs


def _decoded(declared: Any, data: Mapping[str, str]) -> dict[str, str]:
    """The text of those entries of a Secret that were declared as text: the server stores them encoded."""
    keys = declared if isinstance(declared, Mapping) else {}
    return {key: base64.b64decode(data[key]).decode(errors="replace") for key in keys if key in data}


def _prune(declared: Any, live: Any, nodes: Nodes, *, quantities: bool) -> Any:
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        return _prune_map(declared, live, nodes, quantities=quantities)
    if isinstance(declared, list) and isinstance(live, list):
        return _prune_list(declared, live, nodes, quantities=quantities)
    return declared if same_scalar(declared, live, quantities=quantities) else live


def _prune_map(
    declared: Mapping[str, Any], live: Mapping[str, Any], nodes: Nodes, *, quantities: bool
) -> dict[str, Any]:
    pruned = {}
    for key, value in declared.items():
        if key in live:
            below = _below(nodes, f"f:{key}")
            pruned[key] = _prune(value, live[key], below, quantities=quantities or key in QUANTITIES)
        elif _is_empty(value):
            pruned[key] = value  # the server drops what is empty
    return pruned


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(_is_empty(item) for item in value.values())
    return value is None or value in ([], "")


def _prune_list(declared: list[Any], live: list[Any], nodes: Nodes, *, quantities: bool) -> list[Any]:
    keys = _merge_keys(nodes)
    if keys:
        return _prune_shared(declared, live, nodes, keys, quantities=quantities)
    if any(name.startswith("v:") for node in nodes for name in node):
        return [item for item in declared if item in live]
    # A list that is one value: what others added to it is drift, unlike what the server filled in within its entries.
    both = min(len(declared), len(live))
    pruned = [_prune(declared[index], live[index], [], quantities=quantities) for index in range(both)]
    return [*pruned, *live[both:]]


def _prune_shared(
    declared: list[Any], live: list[Any], nodes: Nodes, keys: frozenset[str], *, quantities: bool
) -> list[Any]:
    """The declared entries of a list whose entries are told apart by `keys`; entries of others are left out."""
    pruned = []
    for item in declared:
        found = _entry(item, live, keys)
        if found is not GONE:
            below = _below(nodes, _entry_name(found, keys, nodes))
            pruned.append(_prune(item, found, below, quantities=quantities))
    return pruned


def _entry(item: Any, live: Iterable[Any], keys: frozenset[str]) -> Any:
    """The live entry that a declared one stands for; a key that it leaves out has been defaulted by the server."""
    if not isinstance(item, Mapping):
        return GONE
    wanted = {key: item[key] for key in keys if key in item}
    for candidate in live:
        if isinstance(candidate, Mapping) and all(candidate.get(key) == value for key, value in wanted.items()):
            return candidate
    return GONE


def _merge_keys(nodes: Nodes) -> frozenset[str]:
    for node in nodes:
        for name in node:
            if name.startswith("k:"):
                return frozenset(json.loads(name[2:]))
    return frozenset()


def _entry_name(item: Mapping[str, Any], keys: frozenset[str], nodes: Nodes) -> str:
    """The name under which managed fields hold an entry of a list."""
    wanted = {key: item.get(key) for key in keys}
    for node in nodes:
        for name in node:
            if name.startswith("k:") and json.loads(name[2:]) == wanted:
                return name
    return ""


def _below(nodes: Nodes, name: str) -> Nodes:
    return [node[name] for node in nodes if isinstance(node.get(name), Mapping)]
