"""A sandbox of the tests' own, with everything running in it: the tests of one module share it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from rich.console import Console

from sandbox.lifecycle import Lifecycle
from sandbox.paths import ENV, Sandbox
from sandbox.stacks import STACK_ENV
from tests.support.world import World

KILLED: Final = ("test_interrupted",)
"""Modules that look at what a pulumi has left that was killed."""
SPARED: Final = ("apps.archisteamfarm", "apps.freshrss", "apps.immich", "apps.n8n", "monitoring")
"""What a module does without, so that its platform comes up in half the time."""
NEEDED: Final = {
    "test_kept": SPARED,
    "test_life": SPARED,
    "test_preview_account": SPARED,
    "test_monitoring": ("monitoring",),
    "test_moving": ("monitoring",),
    "test_rotations": ("monitoring",),
    "test_second_home": SPARED,
}
"""What of it a module is about."""
HOMES: Final = {"test_second_home": "cottage"}
"""The stack that a module brings up, if it is not the usual one."""


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root: Path = tmp_path_factory.mktemp("engine") / ".sandbox"
    patch = pytest.MonkeyPatch()
    patch.setenv(ENV, str(root))
    patch.setenv(STACK_ENV, HOMES.get(request.path.stem, ""))
    lifecycle = Lifecycle(
        sandbox=Sandbox(root=root), console=Console(), bound=True, checkpoints=request.path.stem in KILLED
    )
    try:
        with lifecycle.started() as engine:
            spared = [part for part in SPARED if part not in NEEDED.get(request.path.stem, ())]
            if spared:
                gone = {"enabled": "false", "data": "removed"}
                values = [f"homelab:{part}.{key}={value}" for part in spared for key, value in gone.items()]
                engine.read(
                    "config", "set-all", "--path", *(word for value in values for word in ("--plaintext", value))
                )
            yield World(sandbox=lifecycle.sandbox, engine=engine)
    finally:
        lifecycle.stop_all()
        patch.undo()
