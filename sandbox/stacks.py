"""Which stack a sandbox brings up: one of those whose files are committed.

It is chosen in words (`make up STACK=cottage`), and a sandbox remembers it: its accounts, its cluster and its state are
those of one home.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

from sandbox.errors import SandboxError
from sandbox.paths import ENV, Sandbox

STACK_ENV: Final = "HOMELAB_SANDBOX_STACK"
"""Environment variable that names the stack; `make up STACK=cottage` sets it."""
DEFAULT: Final = "homelab"
NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9_.-]*")


def of(sandbox: Sandbox) -> str:
    """The stack that a sandbox was made for."""
    try:
        return _record(sandbox).read_text().strip() or DEFAULT
    except FileNotFoundError:
        return DEFAULT


def settle(sandbox: Sandbox, program: Path) -> str:
    """The stack that is asked for, or else the one that the sandbox has; it is remembered.

    Raises:
        SandboxError: there is no file of it, or the sandbox has another one.
    """
    had = of(sandbox)
    wanted = os.environ.get(STACK_ENV, "").strip()
    if wanted and (not NAME.fullmatch(wanted) or not file_of(program, wanted).exists()):
        there = sorted(
            file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in program.glob("Pulumi.*.yaml")
        )
        message = f"STACK={wanted}: there is no file Pulumi.{wanted}.yaml; expected one of {', '.join(there) or 'none'}"
        raise SandboxError(message)
    if wanted and wanted != had and file_of(sandbox.project, had).exists():
        message = (
            f"STACK={wanted}: this sandbox is the home of the stack {had}: forget it with `make clean`, or name "
            f"another folder for a second one, as in `{ENV}=/tmp/{wanted} make up STACK={wanted}`"
        )
        raise SandboxError(message)
    sandbox.root.mkdir(parents=True, exist_ok=True)
    _record(sandbox).write_text(f"{wanted or had}\n")
    return wanted or had


def file_of(folder: Path, stack: str) -> Path:
    """The stack's file in a folder."""
    return folder / f"Pulumi.{stack}.yaml"


def _record(sandbox: Sandbox) -> Path:
    return sandbox.root / "stack"
