"""Look-ups in accounts that fail in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pulumi
from pulumi.runtime.settings import SETTINGS

S = TypeVar("S")
T = TypeVar("T")


def look_up(what: str, ask: Callable[[], pulumi.Output[T]], advice: str) -> pulumi.Output[T]:
    """The answer of a look-up; one that fails ends the program by a line and not by a traceback.

    `what` is looked up, in words; `ask` does it; `advice` says what to do about a failure.
    """
    before = set(SETTINGS.outputs)
    found = ask()
    # The SDK waits for every output and raises what made one fail. Of this one it waits for what is returned here.
    SETTINGS.outputs.difference_update(set(SETTINGS.outputs) - before)

    async def value() -> T:
        try:
            return await found.future(with_unknowns=True)  # type: ignore[return-value] # None only where T may be None
        except Exception as error:  # noqa: BLE001 - the SDK raises nothing more definite
            reason = " ".join(str(error).split()) or type(error).__name__
            message = f"{what} cannot be looked up: {reason}; {advice}"
            raise pulumi.RunError(message) from None

    async def settled(given: Awaitable[S], otherwise: S) -> S:
        try:
            return await given
        except Exception:  # noqa: BLE001 - `value` says what has failed
            return otherwise

    return pulumi.Output(
        asyncio.ensure_future(settled(found.resources(), set())),
        asyncio.ensure_future(value()),
        asyncio.ensure_future(settled(found.is_known(), True)),
        asyncio.ensure_future(settled(found.is_secret(), False)),
    )
