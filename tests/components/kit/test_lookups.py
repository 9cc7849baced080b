"""A look-up that fails is told in one line."""

from __future__ import annotations

import asyncio

import pulumi
import pytest

from components.kit.lookups import look_up
from tests.support.recorder import record


def failing(error: Exception) -> pulumi.Output[str]:
    async def answer() -> str:
        raise error

    async def flag() -> bool:
        return True

    return pulumi.Output(set(), asyncio.ensure_future(answer()), asyncio.ensure_future(flag()))


def test_an_answer_is_handed_on_with_its_secrecy() -> None:
    async def program() -> tuple[str | None, bool, bool]:
        found = look_up("a thing", pulumi.Output.secret("value"), "try again")
        return await found.future(), await found.is_secret(), await found.is_known()

    assert asyncio.run(program()) == ("value", True, True)


def test_a_failure_names_the_thing_the_reason_and_what_to_do() -> None:
    async def program() -> None:
        await look_up("a thing", failing(Exception("refused\n  by  somebody")), "try again").future()

    with pytest.raises(pulumi.RunError, match=r"^a thing cannot be looked up: refused by somebody; try again$"):
        asyncio.run(program())


def test_a_program_that_uses_it_ends_by_that_line() -> None:
    class Thing(pulumi.ComponentResource):
        def __init__(self) -> None:
            answer = look_up("a thing", failing(Exception("gone")), "try again")
            super().__init__("test:kit:Thing", "thing", {"answer": answer})

    with pytest.raises(pulumi.RunError, match="a thing cannot be looked up: gone; try again"):
        record(Thing)
