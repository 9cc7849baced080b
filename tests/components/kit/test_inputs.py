"""What a component shows of its arguments in previews and in the state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import pulumi
import pytest

from components.kit import plain
from components.vocabulary import SignInKind
from tests.support.parts import namespace
from tests.support.recorder import record


class Colour(Enum):
    RED = 1


@dataclass(frozen=True, kw_only=True)
class Args:
    value: Any = None
    token: pulumi.Input[str] = ""
    addresses: pulumi.Input[Sequence[str]] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        (3, 3),
        (0.5, 0.5),
        (False, False),
        (SignInKind.OIDC, SignInKind.OIDC),
        (Colour.RED, Colour.RED),
        (["b", "a"], ["b", "a"]),
        (("b", "a"), ["b", "a"]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ([SignInKind.PUBLIC], [SignInKind.PUBLIC]),
        ({"b": 1, "a": "x"}, {"b": 1, "a": "x"}),
        ((), []),
    ],
)
def test_plain_values_are_shown_as_lists_and_mappings_of_their_own(value: Any, shown: Any) -> None:
    found = plain(Args(value=value))["value"]
    assert found == shown
    assert type(found) is type(shown)


@pytest.mark.parametrize("value", [None, object(), [object()], {"a": object()}, {"a": None}, [["nested"]]])
def test_everything_else_is_left_out(value: Any) -> None:
    assert "value" not in plain(Args(value=value))


def test_outputs_and_resources_are_left_out_wherever_they_are() -> None:
    def program() -> list[dict[str, Any]]:
        late = pulumi.Output.from_input("text")
        values: list[Any] = [late, [late], {"a": late}, ("plain", late), namespace(), [namespace("video")]]
        return [plain(Args(value=value)) for value in values]

    assert all("value" not in found for found in record(program).result)


def test_what_may_be_given_as_an_output_is_left_out_even_if_it_is_plain() -> None:
    found = plain(Args(value="shown", token="secret in plain", addresses=["198.51.100.0/24"]))
    assert found == {"value": "shown", "names": {}}


def test_a_change_of_what_is_shown_leaves_the_arguments_alone() -> None:
    args = Args(names={"a": "x"})
    plain(args)["names"]["a"] = "changed"
    assert args.names == {"a": "x"}
