"""The sandbox's provider plugins, one of whose calls is the engine's last: `python -m drills.chaos.plugin MODULE ...`.

The order is a file, whose path the environment gives. Every call that makes, changes or deletes something is counted
over all plugins; the one whose number the order names kills the engine, with -9, just before it does its work or just
after. Before means that the work is not done: a plugin that was told nothing yet ends with its engine.
"""

from __future__ import annotations

import fcntl
import json
import os
import runpy
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from sandbox.plugins import server

ENV: Final = "HOMELAB_CHAOS_ORDER"


@dataclass(frozen=True, kw_only=True)
class Order:
    """At which call the engine is killed."""

    at: int
    """Number of the call, from 1; 0 is none."""
    when: Literal["before", "after"]
    count: int = 0
    """Calls so far."""
    struck: str = ""
    """URN of what the call was for, once it has come."""

    @classmethod
    def read(cls, path: Path) -> Order:
        """The order of a file."""
        return cls(**json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        """Give the order, or note how far it has got; whoever reads meanwhile reads the whole of it."""
        half = path.with_suffix(".half")
        half.write_text(json.dumps(asdict(self)))
        half.replace(path)


def _count(path: Path, urn: str) -> Order | None:
    """Count a call; the order, if it is the one that it names."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        order = Order.read(path)
        hit = order.count + 1 == order.at
        Order(at=order.at, when=order.when, count=order.count + 1, struck=urn if hit else order.struck).write(path)
        return order if hit else None


class Striking(server.Servicer):
    """A provider that kills its engine at a call."""

    def Create(self, request: Any, context: Any) -> Any:  # noqa: D102, N802
        return self._struck(super().Create, request, context)

    def Update(self, request: Any, context: Any) -> Any:  # noqa: D102, N802
        return self._struck(super().Update, request, context)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: D102, N802
        return self._struck(super().Delete, request, context)

    @staticmethod
    def _struck(call: Callable[[Any, Any], Any], request: Any, context: Any) -> Any:
        preview = getattr(request, "preview", False)
        order = None if preview else _count(Path(os.environ[ENV]), request.urn)
        if order is None:
            return call(request, context)
        if order.when == "before":
            _kill_engine()
            os._exit(1)
        try:
            return call(request, context)
        finally:
            _kill_engine()


def _kill_engine() -> None:
    os.kill(os.getppid(), signal.SIGKILL)


if __name__ == "__main__":
    server.Servicer = Striking  # type: ignore[misc]
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
