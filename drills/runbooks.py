"""Commands as the documents give them, run in a sandbox's shell: pulumi and kubectl are the real ones."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from drills.errors import DrillError
from sandbox.engine import Engine
from sandbox.paths import REPOSITORY

PATIENCE_SECONDS: Final = 900
"""Longer than the engine waits for anything."""


def commands(document: str, section: str = "") -> list[str]:
    """The indented commands of a document or below one of its headings, with lines that end in a backslash joined.

    Those of a list's entry are indented by two more.
    """
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    body = text.split(f"\n{section}\n", 1)[1].split("\n## ", 1)[0] if section else text
    found = [
        "\n".join(line.strip() for line in block.splitlines())
        for block in re.findall(r"(?:^ {4}.*\n?)+", body, re.MULTILINE)
    ]
    return "\n".join(found).replace("\\\n", " ").splitlines()


def filled(command: str, values: Mapping[str, str]) -> str:
    """The command with values for what stands in angle brackets.

    Raises:
        DrillError: something else stands there, too.
    """
    for name, value in values.items():
        command = command.replace(f"<{name}>", value)
    if left := re.search(r"<[^<>]+>", command):
        message = f"{command}: nobody says what {left[0]} is"
        raise DrillError(message)
    return command


def run(engine: Engine, command: str, *, home: Path, folder: Path | None = None) -> str:
    """What a command prints, typed by somebody who has sourced the sandbox's environment and says yes.

    In `home` programs of the caller's own may stand, in `bin`; `folder` is where it is typed, by default the program's.

    Raises:
        DrillError: it fails; with all that it has said.
    """
    given = engine.environment()
    environment = {
        **os.environ,
        **given,
        "PATH": os.pathsep.join([str(home / "bin"), given["PATH"]]),
        "HOME": str(home),
        "PULUMI_SKIP_CONFIRMATIONS": "true",
    }
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder or engine.program,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    if done.returncode != 0:
        message = f"{command}\n{done.stdout}\n{done.stderr}"
        raise DrillError(message)
    return done.stdout


def follow(engine: Engine, document: str, section: str = "", *, home: Path, **values: str) -> list[str]:
    """Run all commands of a section, one after the other; what each printed."""
    filling = {name.replace("_", " "): value for name, value in values.items()}
    return [run(engine, filled(command, filling), home=home) for command in commands(document, section)]
