"""All pages: what each file is made by, and how they are written, or compared with what is there."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from pages import data_flow
from pages.databases import databases
from pages.flows import flows
from pages.markdown import bullets, link, page
from pages.network import PICTURE, network, picture
from pages.pinned import versions
from pages.platform import Platform
from pages.secrets import secrets
from pages.services import services

FOLDER: Final = "docs/platform"
INDEX: Final = "README.md"


def _index(platform: Platform) -> str:
    summary = platform.summary
    return page(
        "The platform as it runs",
        "These pages are written by `make docs` from the stack outputs of a running platform and its live objects; the "
        "committed ones are those of the sandbox.",
        bullets(
            [
                f"{link('Services', 'services.md')}: {len(summary.services)}, with address, sign-in, data and backup",
                f"{link('Flows', 'flows.md')}: ten diagrams",
                f"{link('The description', '../data-flow.md')}, and {link('in English', '../data-flow.en.md')}",
                f"{link('Databases', 'databases.md')}: {len(summary.databases)}, and what of them can be restored",
                f"{link('Secrets', 'secrets.md')}: {len(summary.secrets)} by name, and who reads them",
                f"{link('Who may call whom', 'network.md')}: {len(platform.all('NetworkPolicy'))} network policies",
                f"{link('Versions', 'versions.md')}: {len(summary.versions)} pins",
            ]
        ),
    )


PAGES: Final[Mapping[str, Callable[[Platform], str]]] = {
    f"{FOLDER}/{INDEX}": _index,
    f"{FOLDER}/services.md": services,
    f"{FOLDER}/flows.md": flows,
    f"{FOLDER}/databases.md": databases,
    f"{FOLDER}/secrets.md": secrets,
    f"{FOLDER}/network.md": network,
    f"{FOLDER}/{PICTURE}": picture,
    f"{FOLDER}/versions.md": versions,
    f"docs/{data_flow.NAMES['ja']}": data_flow.japanese,
    f"docs/{data_flow.NAMES['en']}": data_flow.english,
}
"""By the path of the file in the repository."""


def made(platform: Platform) -> dict[str, str]:
    """The text of every page, by its path. All or none: what is missing is told before anything is written."""
    return {path: make(platform) for path, make in PAGES.items()}


def write(pages: Mapping[str, str], root: Path) -> list[str]:
    """Write them below a folder, and delete what was written once and is no page any more; what changed, by path."""
    changed = sorted(different(pages, root))
    for path in changed:
        file = root / path
        if path in pages:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(pages[path], encoding="utf-8")
        else:
            file.unlink()
    return changed


def different(pages: Mapping[str, str], root: Path) -> dict[str, list[str]]:
    """The lines of a unified diff for each file that is not as it would be written, by path."""
    found = {}
    there = {file.relative_to(root).as_posix() for file in (root / FOLDER).glob("*") if file.is_file()}
    for path in sorted({*pages, *there}):
        file = root / path
        before = file.read_text(encoding="utf-8") if file.is_file() else None
        after = pages.get(path)
        if before != after:
            lines = difflib.unified_diff(
                (before or "").splitlines(), (after or "").splitlines(), path, path, lineterm="", n=1
            )
            found[path] = list(lines)
    return found
