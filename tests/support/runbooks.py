"""Commands as the documents give them, run in a sandbox's shell."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sandbox.paths import REPOSITORY
from tests.support.world import World


def commands(document: str, section: str) -> list[str]:
    """The indented commands below a heading, one each, with lines that end in a backslash joined."""
    text = (REPOSITORY / document).read_text(encoding="utf-8")
    body = text.split(f"\n{section}\n", 1)[1].split("\n## ", 1)[0]
    indented = "\n".join(line[4:] for line in body.splitlines() if line.startswith("    "))
    return indented.replace("\\\n", " ").splitlines()


def filled(command: str, values: Mapping[str, str]) -> str:
    """The command with values for what stands in angle brackets; nothing of that may stay."""
    for name, value in values.items():
        command = command.replace(f"<{name}>", value)
    assert "<" not in command, command
    return command


def run(world: World, command: str, *, home: Path) -> str:
    """What a command prints, typed by somebody who has sourced the sandbox's environment and says yes."""
    environment = {
        **os.environ,
        **world.engine.environment(),
        "HOME": str(home),
        "PULUMI_SKIP_CONFIRMATIONS": "true",
    }
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=world.engine.program,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout
