"""Keeps the whole trace of calls out of the state: where a resource is declared is enough.

The SDK notes some twenty frames for each resource, most of them its own and Python's. That is two fifths of this
stack's state, and where the state is a file, the engine writes the whole of it before and after each resource.
"""

from __future__ import annotations

from functools import wraps
from typing import Final

from pulumi.runtime import resource
from pulumi.runtime.proto import source_pb2

TRACE: Final = "_get_stack_trace"
"""The SDK's function for it; without one of this name the traces are whole, and nothing else is different."""


def keep_short() -> None:
    """Have each resource noted with the place where it is declared, and without what led there."""
    whole = getattr(resource, TRACE, None)
    if whole is None or hasattr(whole, "__wrapped__"):
        return

    @wraps(whole)
    def declared() -> source_pb2.StackTrace:
        trace: source_pb2.StackTrace = whole()
        del trace.frames[1:]
        return trace

    setattr(resource, TRACE, declared)
