"""A state in a folder: what a killed engine leaves beside the file itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SIDECAR: Final = ".attrs"
"""Beside each file stands another, with its type. It is not replaced as a whole, as the file is, but written anew."""


def mend(folder: Path) -> list[Path]:
    """Take away what was being written beside a file, and would keep the file from being read; what that was.

    Pulumi then says `failed to load checkpoint: EOF`. A file without one is read as it is.
    """
    cut_off = list(_cut_off(folder / ".pulumi"))
    for sidecar in cut_off:
        sidecar.unlink()
    return cut_off


def _cut_off(folder: Path) -> Iterator[Path]:
    for sidecar in folder.rglob(f"*{SIDECAR}"):
        try:
            json.loads(sidecar.read_bytes())
        except ValueError:
            yield sidecar
