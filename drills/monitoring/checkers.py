"""The checkers that Prometheus and Alertmanager bring for what they read."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

from drills.errors import DrillError

SECONDS: Final = 60.0


def run(*command: str | Path) -> str:
    """What a checker says.

    Raises:
        DrillError: it refuses; with its reason.
    """
    done = subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True, timeout=SECONDS)
    said = f"{done.stdout}\n{done.stderr}".strip()
    if done.returncode != 0:
        message = f"{Path(command[0]).name} {command[1]}: {said[-400:]}"
        raise DrillError(message)
    return said
