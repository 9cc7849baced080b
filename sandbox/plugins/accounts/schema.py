"""Tables of properties: what a resource type takes and returns, and the judgement of given values by such a table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from sandbox.plugins.wire import UNKNOWN, Secret

Rule = Callable[[Any], str]
"""What a value should have been (`a URL`), or nothing if it is that."""


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property. Without `required`, `default` or `computed` it may be left out and is then empty."""

    type: str
    """One of: string, number, integer, boolean, list, map, object, json (text that holds a JSON object), any."""
    required: bool = False
    default: Any = None
    """What the account assumes where nothing is given."""
    computed: bool = False
    """The account chooses where nothing is given."""
    sent: Any = None
    """What the provider sends where nothing is given, and the service judges like a given value."""
    remembered: bool = False
    """An update that leaves it out sends back what the state knows, and so undoes what others have done meanwhile."""
    choices: tuple[Any, ...] = ()
    rule: Rule | None = None
    secret: bool = False
    replace: bool = False
    """A change makes a new object."""
    volatile: bool = False
    """Computed anew by every update."""
    item: Property | None = None
    """Of the entries of a list or map."""
    fields: Mapping[str, Property] = field(default_factory=dict)
    """Of an object."""


text: Final = partial(Property, type="string")
number: Final = partial(Property, type="number")
integer: Final = partial(Property, type="integer")
flag: Final = partial(Property, type="boolean")
json_text: Final = partial(Property, type="json")
group: Final = partial(Property, type="object")
anything: Final = partial(Property, type="any")
texts: Final = partial(Property, type="list", item=text())
integers: Final = partial(Property, type="list", item=integer())
mapping: Final = partial(Property, type="map", item=text())
listing: Final = partial(Property, type="list")


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The properties of a resource type."""

    token: str
    inputs: Mapping[str, Property]
    outputs: Mapping[str, Property] = field(default_factory=dict)
    """What the account computes and nobody gives."""
    autoname: bool = False
    """Whether `name` is made up from the resource's name where it is not given."""

    @property
    def short(self) -> str:
        """The type's own name, as in `objects` of an account's file."""
        return self.token.rsplit(":", 1)[-1]

    @property
    def whole(self) -> Property:
        """All inputs as one object."""
        return group(fields=self.inputs)

    @property
    def everything(self) -> Property:
        """Inputs and outputs as one object."""
        return group(fields={**self.inputs, **self.outputs})


_TYPES: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "string": ((str,), "a string"),
    "json": ((str,), "a string that holds a JSON object"),
    "number": ((int, float), "a number"),
    "integer": ((int,), "a whole number"),
    "boolean": ((bool,), "true or false"),
    "list": ((list,), "a list"),
    "map": ((dict,), "a map"),
    "object": ((dict,), "an object"),
    "any": ((object,), "anything"),
}


def problems(prop: Property, value: Any, path: str = "", *, hidden: bool = False) -> Iterator[str]:
    """What is wrong with a value, one line each; what is not known yet is let pass, a secret is not quoted."""
    if isinstance(value, Secret):
        value, hidden = value.value, True
    if value is UNKNOWN:
        return
    types, expected = _TYPES[prop.type]
    if type(value) not in types and object not in types:
        yield f"{path}: expected {expected}, was given {_kind_of(value)}"
        return
    if prop.fields or prop.type == "object":
        yield from _object_problems(prop.fields, value, path, hidden=hidden)
    elif prop.item:
        entries = value.items() if prop.type == "map" else enumerate(value)
        for key, entry in entries:
            below = f"{path}.{key}" if prop.type == "map" else f"{path}[{key}]"
            yield from problems(prop.item, entry, below, hidden=hidden)
    expected = _expectation(prop, value)
    if expected:
        quoted = "the given value" if hidden or prop.secret else json.dumps(value, default=repr)
        yield f"{path}: {quoted} is not {expected}"


def _expectation(prop: Property, value: Any) -> str:
    if prop.choices and value not in prop.choices:
        return f"one of: {', '.join(map(str, prop.choices))}"
    if prop.type == "json" and not isinstance(parsed_json(value), dict):
        return "a string that holds a JSON object"
    return prop.rule(value) if prop.rule else ""


def _object_problems(
    fields: Mapping[str, Property], value: Mapping[str, Any], path: str, *, hidden: bool
) -> Iterator[str]:
    prefix = f"{path}." if path else ""
    for key, entry in value.items():
        if key in fields:
            if entry is not None:
                yield from problems(fields[key], entry, f"{prefix}{key}", hidden=hidden)
        else:
            yield f"{prefix}{key}: the sandbox does not know this property; it knows: {', '.join(sorted(fields))}"
    for key, prop in fields.items():
        if prop.required and value.get(key) is None:
            yield f"{prefix}{key}: this property is required and missing"


def _kind_of(value: Any) -> str:
    names = {bool: "a boolean", str: "a string", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def parsed_json(value: Any) -> Any:
    """What a JSON text holds; None if it is none."""
    try:
        return json.loads(value)
    except (TypeError, ValueError):
        return None
