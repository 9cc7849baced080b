"""What `make docs` and `python -m pages` do with a cluster and a state."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from doctor.examination import connected, reading
from pages.book import different, made, write
from pages.platform import Platform

LINES: Final = 40
"""Of a difference that are shown: a page that is new has hundreds."""


def run(
    kubeconfig: Path, context: str | None, export: Mapping[str, Any], *, root: Path, check: bool, console: Console
) -> bool:
    """Write the pages below a folder, or only compare them; whether they were, or are, as they should be.

    Raises:
        DoctorError: the cluster cannot be read.
        PagesError: what a page shows is not there.
    """
    client = connected(kubeconfig, context)
    with reading(kubeconfig):
        platform = Platform.read(client, export)
    pages = made(platform)
    if not check:
        changed = write(pages, root)
        console.print(f"{len(pages)} pages, {len(changed)} of them changed", highlight=False)
        for path in changed:
            console.print(f"  {path}", highlight=False, markup=False)
        return True
    differences = different(pages, root)
    for path, lines in differences.items():
        console.print(f"{path}: not as the platform is", style="red", highlight=False, markup=False)
        for line in lines[:LINES]:
            console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)
        if len(lines) > LINES:
            console.print(f"  and {len(lines) - LINES} lines more", highlight=False)
    console.print(
        f"{len(differences)} of {len(pages)} pages differ: run `make docs`, and commit what it writes"
        if differences
        else f"{len(pages)} pages are as the platform is",
        highlight=False,
    )
    return not differences
