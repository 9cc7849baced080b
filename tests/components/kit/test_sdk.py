"""What the SDK does for each resource without anybody seeing it is left out, and nothing else of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from pulumi import log
from pulumi.runtime import resource, stack
from pulumi.runtime.settings import SETTINGS

from components.kit import sdk

REPLACED = [(resource, "_get_stack_trace"), (log, "debug"), (stack, "wait_for_rpcs")]


@pytest.fixture(autouse=True)
def as_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK as it is installed, also after a test that has run the program."""
    for module, name in REPLACED:
        found = getattr(module, name)
        monkeypatch.setattr(module, name, getattr(found, "__wrapped__", found))


def functions() -> list[Any]:
    return [getattr(module, name) for module, name in REPLACED]


def trace() -> list[str]:
    """What is noted of a resource that is declared here, within constructors as the SDK has them."""

    class Inner:
        def __init__(self) -> None:
            self.noted = resource._get_stack_trace()

    class Middle(Inner):
        def __init__(self) -> None:
            super().__init__()

    class Outer(Middle):
        def __init__(self) -> None:
            super().__init__()

    return [frame.pc.uri for frame in Outer().noted.frames]


def test_everything_that_is_replaced_is_there_and_is_replaced_once() -> None:
    before = functions()
    sdk.hasten()
    once = functions()
    sdk.hasten()
    assert functions() == once
    assert all(new is not old for new, old in zip(once, before, strict=True))


@pytest.mark.parametrize(("module", "name"), REPLACED)
def test_an_sdk_without_such_a_function_is_left_alone(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    monkeypatch.delattr(module, name)
    sdk.hasten()
    assert not hasattr(module, name)


def test_the_place_of_a_declaration_is_noted_and_nothing_else() -> None:
    whole = trace()
    sdk.hasten()
    assert trace() == whole[:1] == [Path(__file__).as_uri()]
    assert len(whole) > 1


def test_the_engine_gets_no_messages_that_it_would_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Engine:
        def Log(self, request: Any) -> None:  # noqa: N802 - gRPC's name
            said.append(request.message)

    monkeypatch.setattr(log, "get_engine", Engine)
    log.debug("to be seen with the SDK as it is")
    sdk.hasten()
    log.debug("a detail", None, 1, ephemeral=True)
    log.warn("a warning")
    assert said == ["to be seen with the SDK as it is", "a warning"]


def waited(monkeypatch: pytest.MonkeyPatch, outputs: list[Awaitable[Any]]) -> set[asyncio.Future[Any]]:
    """What the SDK finds that is left to be waited for."""
    left: set[asyncio.Future[Any]] = set()

    async def whole(await_all_outstanding_tasks: bool = True) -> None:
        assert await_all_outstanding_tasks
        left.update(SETTINGS.outputs)
        for output in left:
            if output.done():
                await output

    async def main() -> None:
        SETTINGS.outputs.clear()
        for output in outputs:
            track(output)
        await stack.wait_for_rpcs()

    monkeypatch.setattr(stack, "wait_for_rpcs", whole)
    sdk.hasten()
    try:
        asyncio.run(main())
    finally:
        SETTINGS.outputs.clear()
    return left


def track(output: Awaitable[Any]) -> None:
    """As an output notes itself: until it is good, and for good if it fails."""
    future = asyncio.ensure_future(output)
    SETTINGS.outputs.add(future)

    def done(_: Any) -> None:
        if future.exception() is None:
            SETTINGS.outputs.discard(future)

    future.add_done_callback(done)


async def made_later(seconds: float, *others: Awaitable[Any]) -> None:
    await asyncio.sleep(seconds)
    for other in others:
        track(other)


async def failing() -> None:
    await asyncio.sleep(0)
    raise LookupError("no such host")


def test_outputs_are_done_before_the_sdk_looks_also_those_that_come_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    later = made_later(0.01)
    assert waited(monkeypatch, [made_later(0.0), made_later(0.01, later)]) == set()


def test_one_that_fails_is_the_sdks_to_tell_of_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="no such host"):
        waited(monkeypatch, [failing(), made_later(600)])
