"""What Pulumi's SDK does for each resource without anybody seeing it, left out: a third of a preview's time.

Each part replaces one function of the SDK's; where there is none of that name, all is as it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from types import ModuleType
from typing import Any

from pulumi import log
from pulumi.runtime import resource, stack
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS


def hasten() -> None:
    """Leave out what nobody sees."""
    _replace(resource, "_get_stack_trace", _declared)
    _replace(log, "debug", _silent)
    _replace(stack, "wait_for_rpcs", _all_at_once)


def _replace(module: ModuleType, name: str, made: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    whole = getattr(module, name, None)
    if whole is not None and not hasattr(whole, "__wrapped__"):
        setattr(module, name, wraps(whole)(made(whole)))


def _declared(whole: Callable[[], source_pb2.StackTrace]) -> Callable[[], source_pb2.StackTrace]:
    """Have noted where a resource is declared, and not how the program came there.

    That is some twenty frames for each resource, most of them the SDK's and Python's: two fifths of this stack's state.
    Where the state is a file, the engine writes the whole of it before and after each resource.
    """

    def declared() -> source_pb2.StackTrace:
        trace = whole()
        del trace.frames[1:]
        return trace

    return declared


def _silent(_whole: Callable[..., None]) -> Callable[..., None]:
    """Have no messages sent for `pulumi --debug`: each is a call that the program stands still for, five a resource."""

    def silent(*_: Any, **__: Any) -> None:
        """Say nothing."""

    return silent


def _all_at_once(whole: Callable[[bool], Awaitable[None]]) -> Callable[[bool], Awaitable[None]]:
    """Have all outputs waited for at once: the SDK looks at all of them anew whenever one is done.

    One that fails, and whatever else there is to wait for, is the SDK's to see.
    """

    async def waited(await_all_outstanding_tasks: bool = True) -> None:
        good = await_all_outstanding_tasks
        while good and (pending := _pending()):
            done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
            good = not any(output.cancelled() or output.exception() for output in done)
        await whole(await_all_outstanding_tasks)

    return waited


def _pending() -> set[asyncio.Future[Any]]:
    with SETTINGS.lock:
        return {output for output in SETTINGS.outputs if not output.done()}
