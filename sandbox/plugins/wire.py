"""Property values as they travel between the engine and a provider plugin, as plain Python values.

Numbers that are whole become `int`, a secret is a `Secret`, and a value that a preview does not know yet is `UNKNOWN`.
Assets, archives and resource references are refused: nothing that the sandbox serves takes one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 the wire's mark of a secret, no secret itself
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class NotUnderstoodError(Exception):
    """A kind of value that none of the sandbox's providers takes."""


Properties = dict[str, Any]
"""The properties of one resource."""


class Unknown:
    """The type of `UNKNOWN`."""

    def __repr__(self) -> str:
        """For messages and logs."""
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""A value that is known only after an update."""


@dataclass(frozen=True)
class Secret:
    """A value that the engine encrypts in state and hides in output; its text is hidden here too."""

    value: Any

    def __repr__(self) -> str:
        """Never the value: a secret may end up in a log."""
        return "Secret(***)"


def decode(value: struct_pb2.Value) -> Any:
    """One wire value as a Python value."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [decode(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_struct(value.struct_value)
    return None


def _decode_struct(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else None
    if signature is None:
        return decode_map(struct)
    if signature == SECRET_SIGNATURE:
        return Secret(decode(struct.fields["value"]))
    if signature == OUTPUT_SIGNATURE:
        inner = decode(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
        return Secret(inner) if struct.fields["secret"].bool_value else inner
    raise NotUnderstoodError("assets, archives and resource references are not served by the sandbox's providers")


def decode_map(struct: struct_pb2.Struct) -> Properties:
    """The properties of a resource as a dictionary."""
    return {key: decode(item) for key, item in struct.fields.items()}


def encode(value: Any) -> struct_pb2.Value:
    """One Python value as a wire value."""
    if isinstance(value, Secret):
        fields = {SIGNATURE: struct_pb2.Value(string_value=SECRET_SIGNATURE), "value": encode(value.value)}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=encode_map(value))
    if isinstance(value, list | tuple):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[encode(item) for item in value]))
    return _encode_scalar(value)


def _encode_scalar(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, int | float):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    raise TypeError(f"a {type(value).__name__} cannot be a property value")


def encode_map(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """A dictionary as the properties of a resource."""
    return struct_pb2.Struct(fields={key: encode(item) for key, item in properties.items()})


def _any(value: Any, test: Callable[[Any], bool]) -> bool:
    if test(value):
        return True
    if isinstance(value, Secret):
        return _any(value.value, test)
    if isinstance(value, Mapping):
        return any(_any(item, test) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_any(item, test) for item in value)
    return False


def has_unknown(value: Any) -> bool:
    """Whether some part of the value is known only after an update."""
    return _any(value, lambda item: item is UNKNOWN)


def has_secret(value: Any) -> bool:
    """Whether some part of the value is secret."""
    return _any(value, lambda item: isinstance(item, Secret))


def reveal(value: Any) -> Any:
    """The value with every secret replaced by what it hides."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [reveal(item) for item in value]
    return value


def conceal(value: Any, like: Any) -> Any:
    """The plain `value` with a secret wherever `like`, a value of the same shape, has one.

    A list of another length is secret as a whole if an entry of `like` is: its entries may have moved.
    """
    if isinstance(like, Secret):
        return Secret(value)
    if isinstance(value, Mapping) and isinstance(like, Mapping):
        return {key: conceal(item, like.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(like, list) and has_secret(like):
        if len(value) != len(like):
            return Secret(value)
        return [conceal(item, other) for item, other in zip(value, like, strict=True)]
    return value
