"""The workflows, checked by two linters: what GitHub would refuse, and what would be a hole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from pipeline.errors import PipelineError
from sandbox.paths import REPOSITORY
from sandbox.steps import Steps
from sandbox.tools import Program
from telling import terminal

ACTIONLINT: Final = Program(
    name="actionlint",
    module="actionlint",
    package="github.com/rhysd/actionlint/cmd/actionlint",
    first_time="10 s",
)
FOLDER: Final = ".github"


def check() -> int:
    """Ask both; the exit code of the first that finds something."""
    actionlint = ACTIONLINT.ensure(Steps(terminal.console(stderr=True)))
    zizmor = Path(sys.executable).parent / "zizmor"
    # shellcheck and pyflakes are left out wherever they happen to be installed: no step has a script of its own.
    return _run(str(actionlint), "-shellcheck=", "-pyflakes=") or _run(
        str(zizmor), "--offline", "--no-progress", "--quiet", "--pedantic", FOLDER
    )


def _run(*command: str) -> int:
    try:
        return subprocess.run(command, cwd=REPOSITORY, check=False).returncode
    except FileNotFoundError:
        message = f"{Path(command[0]).name}: not found; `make` installs it with the Python packages"
        raise PipelineError(message) from None
