"""A sandbox of the tests' own, with everything running in it: the tests of one module share it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from sandbox.lifecycle import Lifecycle
from sandbox.paths import ENV, Sandbox
from tests.support.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root: Path = tmp_path_factory.mktemp("engine") / ".sandbox"
    patch = pytest.MonkeyPatch()
    patch.setenv(ENV, str(root))
    lifecycle = Lifecycle(sandbox=Sandbox(root=root), console=Console(), bound=True)
    try:
        with lifecycle.started() as engine:
            yield World(sandbox=lifecycle.sandbox, engine=engine)
    finally:
        lifecycle.stop_all()
        patch.undo()
