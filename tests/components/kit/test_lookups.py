"""A look-up that fails is told in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pulumi
import pytest

from components.kit.lookups import look_up
from tests.support.recorder import Secret, record


class Thing(pulumi.ComponentResource):
    """Uses the answer of a look-up."""

    def __init__(self, found: Callable[[], pulumi.Output[str]]) -> None:
        super().__init__("test:kit:Thing", "thing", {"answer": look_up("a thing", found, "try again")})


def failing() -> pulumi.Output[str]:
    async def answer() -> str:
        raise ConnectionError("refused\n  by  somebody")

    async def flag() -> bool:
        return True

    return pulumi.Output(set(), asyncio.ensure_future(answer()), asyncio.ensure_future(flag()))


def test_an_answer_is_handed_on_with_its_secrecy() -> None:
    recording = record(lambda: Thing(lambda: pulumi.Output.secret("value")))
    assert recording.one(":Thing", "thing").inputs == {"answer": Secret("value")}


def test_a_failure_ends_the_program_by_the_thing_the_reason_and_what_to_do() -> None:
    with pytest.raises(pulumi.RunError, match=r"^a thing cannot be looked up: refused by somebody; try again$"):
        record(lambda: Thing(failing))


def test_the_next_run_knows_nothing_of_it() -> None:
    assert record(lambda: Thing(lambda: pulumi.Output.from_input("value"))).of(":Thing")
