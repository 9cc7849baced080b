"""Runs Helm. It renders and fetches here and never talks to a cluster."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from sandbox import tools
from sandbox.paths import cache
from sandbox.steps import Steps
from telling import terminal

SECONDS: Final = 60.0
FOLDERS: Final = ("CACHE", "CONFIG", "DATA")


class HelmError(Exception):
    """What Helm said, in one line."""


def run(arguments: Sequence[str | Path], *, text: str = "") -> str:
    """What Helm prints, given some text as its standard input.

    Raises:
        HelmError: it failed, or was still at it after a minute.
    """
    folders = {f"HELM_{kind}_HOME": str(cache() / "helm-home" / kind.lower()) for kind in FOLDERS}
    command = [str(_program()), *map(str, arguments)]
    try:
        done = subprocess.run(
            command,
            input=text,
            env={**os.environ, **folders},
            check=False,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise HelmError(f"helm {arguments[0]} did not end within {SECONDS:.0f} s") from None
    if done.returncode != 0:
        raise HelmError(_reason(done.stderr) or f"helm {arguments[0]} ended with code {done.returncode}")
    return done.stdout


@lru_cache(maxsize=1)
def _program() -> Path:
    return tools.HELM.ensure(Steps(terminal.console(stderr=True)))


def _reason(said: str) -> str:
    """The error without the warnings before it and without the hint how to see more."""
    _, found, reason = said.partition("Error: ")
    lines = (reason if found else said).partition("Use --debug flag")[0]
    return " ".join(lines.split())
