"""Commands as the documents give them, run in the shell of a test's world."""

from __future__ import annotations

from pathlib import Path

from drills import runbooks
from drills.runbooks import commands, filled
from tests.support.world import World

__all__ = ["commands", "filled", "follow", "run"]


def run(world: World, command: str, *, home: Path, folder: Path | None = None) -> str:
    """What a command prints."""
    return runbooks.run(world.engine, command, home=home, folder=folder)


def follow(world: World, document: str, section: str = "", *, home: Path, **values: str) -> list[str]:
    """Run all commands of a section, one after the other; what each printed."""
    return runbooks.follow(world.engine, document, section, home=home, **values)
