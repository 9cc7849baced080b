"""A sandbox of a drill's own, some of its controllers left out for real ones to take their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from sandbox.engine import Engine
from sandbox.lifecycle import Lifecycle
from sandbox.paths import Sandbox


@contextmanager
def home(folder: Path, console: Console, *, without: Sequence[str] = ()) -> Iterator[Engine]:
    """A running sandbox's engine; everything in it ends with the block, and with this process."""
    lifecycle = Lifecycle(
        sandbox=Sandbox(root=folder / ".sandbox"),
        console=console,
        bound=True,
        without=tuple(without),
        # With a pulumi that was killed, the drill is over.
        checkpoints=False,
    )
    try:
        with lifecycle.started() as engine:
            yield engine
    finally:
        lifecycle.stop_all()


def up(engine: Engine) -> None:
    """Bring the whole platform up.

    Raises:
        SandboxError: it does not come up; with what the engine said.
    """
    engine.read("up", "--yes", "--skip-preview", "--suppress-outputs")
