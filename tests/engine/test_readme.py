"""The README's commands and those of the guides, typed one after the other in a clone of one's own.

What they are to do is shown elsewhere: here they have to be understood, and to end well.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from sandbox.paths import CACHE_ENV, ENV, REPOSITORY, cache
from tests.support import guides
from tests.support.guides import Block

OWN: Final = {".git", ".sandbox", ".site", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
PATIENCE_SECONDS: Final = 1200
SOURCED: Final = "if [ -f .sandbox/env ]; then . .sandbox/env; fi\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that looks like this one, with a sandbox of its own, and where files may be written."""
    folder = tmp_path_factory.mktemp("clone")
    for item in REPOSITORY.iterdir():
        if item.name not in OWN:
            (folder / item.name).symlink_to(item)
    try:
        yield folder
    finally:
        typed(folder, "make clean")


def typed(clone: Path, script: str) -> str:
    """What somebody sees who types these lines, and says yes; the first one that fails ends them."""
    mine = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "PULUMI_"))}
    environment = {
        **mine,
        ENV: str(clone / ".sandbox"),
        CACHE_ENV: str(cache()),
        "PULUMI_SKIP_CONFIRMATIONS": "true",
    }
    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", SOURCED + script],
        cwd=clone,
        env=environment,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-4000:]}"
    return done.stdout


@pytest.mark.parametrize(
    "block",
    [block for block in guides.blocks() if not block.reason],
    ids=lambda block: f"{block.page}: {block.text.splitlines()[0][:50]}",
)
def test_commands_end_well(block: Block, clone: Path) -> None:
    typed(clone, block.script)
