from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2

from sandbox.plugins import wire
from sandbox.plugins.wire import UNKNOWN, NotUnderstoodError, Secret


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        1.5,
        "text",
        UNKNOWN,
        [1, "two", [UNKNOWN]],
        {"a": {"b": [None]}},
        Secret("pw"),
        {"a": Secret({"b": 1})},
        Secret(UNKNOWN),
        [],
        {},
    ],
)
def test_values_survive_the_wire(value: Any) -> None:
    assert wire.decode(wire.encode(value)) == value


def test_whole_numbers_become_integers() -> None:
    assert isinstance(wire.decode(struct_pb2.Value(number_value=8080.0)), int)


def test_an_output_without_value_is_unknown() -> None:
    marked = wire.encode_map({wire.SIGNATURE: wire.OUTPUT_SIGNATURE, "secret": True})
    assert wire.decode(struct_pb2.Value(struct_value=marked)) == Secret(UNKNOWN)


def test_assets_are_refused() -> None:
    marked = wire.encode_map({wire.SIGNATURE: "c44067f5952c0a294b673a41bacd8c17", "text": "x"})
    with pytest.raises(NotUnderstoodError, match="assets"):
        wire.decode(struct_pb2.Value(struct_value=marked))


def test_what_is_no_value_cannot_be_sent() -> None:
    with pytest.raises(TypeError, match="object"):
        wire.encode(object())


def test_a_secret_does_not_show_in_messages() -> None:
    assert "pw" not in f"{Secret('pw')!r} {[Secret('pw')]}"


def test_unknown_and_secret_parts_are_found() -> None:
    assert wire.has_unknown({"a": [Secret({"b": UNKNOWN})]})
    assert not wire.has_unknown({"a": [1]})
    assert wire.has_secret({"a": [Secret(1)]})
    assert wire.reveal({"a": [Secret({"b": Secret(1)})]}) == {"a": [{"b": 1}]}


def test_conceal_follows_the_shape() -> None:
    like = {"a": Secret(1), "b": {"c": [2, Secret(3)]}}
    assert wire.conceal({"a": 1, "b": {"c": [2, 3], "d": 4}}, like) == {
        "a": Secret(1),
        "b": {"c": [2, Secret(3)], "d": 4},
    }


def test_a_list_that_lost_an_entry_is_secret_as_a_whole() -> None:
    like = [{"value": "plain"}, {"value": Secret("pw")}]
    assert wire.conceal([{"value": "pw"}], like) == Secret([{"value": "pw"}])
    assert wire.conceal([1], [1, 2]) == [1]
