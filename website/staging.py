"""What the site is made of: the documents, and every file of the repository that one of them links to.

Pages keep the place that they have in the repository, so that a link reads the same there, on GitHub and in the site. A
linked file becomes a page with its text, a linked folder one with the list of its files: the site needs no other host.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote

ROOT: Final = "README.md"
"""The first page."""
DOCUMENTS: Final = "docs"
SOURCE: Final = "source"
"""The folder of the site with the pages that are made of files and folders."""
LINK: Final = re.compile(r"\]\(\s*([^)\s]+)|^\s*\[[^\]]+\]:\s+(\S+)", re.MULTILINE)
"""Whatever may be a link: one too many is a page that nobody comes to."""
GROUPS: Final = {"": "Guides", "platform": "The platform, as it runs", "runbooks": "Runbooks", "decisions": "Decisions"}
"""What heads the pages of a folder; a folder that is not named here is headed by its own name."""
FIRST: Final = ("sandbox", "own-homelab", "adopt", "upgrade", "troubleshooting", "faq", "architecture", "data-flow")
"""The guides that are read before others, in this order."""
LANGUAGES: Final = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml", ".go": "go"}
BIGGEST: Final = 200_000
"""Bytes of a linked file of which a page is made; a larger one is left out, and its link is refused."""


def stage(repository: Path, folder: Path) -> None:
    """Put together in the folder what Sphinx makes the site of."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(repository / DOCUMENTS, folder / DOCUMENTS)
    shutil.copyfile(repository / ROOT, folder / ROOT)
    more = list(_linked(repository, folder))
    contents(folder, more)


def page_of(path: str) -> str:
    """Name of the page that is made of a file or folder that is no document."""
    return f"{SOURCE}/{path}"


def _linked(repository: Path, folder: Path) -> Iterator[str]:
    """Add what the pages link to, and what that links to; the names of the pages."""
    waiting, seen = sorted(folder.rglob("*.md")), set[str]()
    while waiting:
        page = waiting.pop()
        for path in _targets(page, folder, repository):
            if path in seen or (folder / path).is_file():
                continue
            seen.add(path)
            if path.endswith(".md"):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(repository / path, folder / path)
                waiting.append(folder / path)
                yield path.removesuffix(".md")
            elif text := _shown(repository / path, path):
                made = folder / f"{page_of(path)}.md"
                made.parent.mkdir(parents=True, exist_ok=True)
                made.write_text(text, encoding="utf-8")
                yield page_of(path)


def _targets(page: Path, folder: Path, repository: Path) -> Iterator[str]:
    """Paths in the repository that a page links to and that are there."""
    for match in LINK.finditer(page.read_text(encoding="utf-8")):
        target = unquote((match[1] or match[2]).strip("<>").partition("#")[0])
        if not target or "://" in target:
            continue
        path = os.path.normpath(page.relative_to(folder).parent / target)
        if path.startswith("..") or not (repository / path).exists():
            continue
        readme = f"{path}/README.md"
        yield readme if (repository / readme).is_file() else path


def _shown(file: Path, path: str) -> str:
    """A page with the text of a file or the list of a folder's files."""
    if file.is_dir():
        names = sorted(f"{item.name}/" if item.is_dir() else item.name for item in file.iterdir())
        listed = "\n".join(f"- `{name}`" for name in names if not name.startswith((".", "__pycache__")))
        return f"# {path}\n\nA folder of the repository:\n\n{listed}\n"
    if file.stat().st_size > BIGGEST:
        return ""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""
    fence = "`" * (max([3, *(len(run) for run in re.findall(r"`+", text))]) + 1)
    return f"# {path}\n\n{fence}{LANGUAGES.get(file.suffix, 'text')}\n{text}\n{fence}\n"


def contents(folder: Path, more: list[str]) -> None:
    """Add the contents to the first page: every page has to be in them, or the build refuses it."""
    trees = []
    documents = folder / DOCUMENTS
    folders = sorted({file.parent for file in documents.rglob("*.md")} | {documents})
    for place in sorted(folders, key=_rank):
        name = "" if place == documents else place.relative_to(documents).as_posix()
        pages = sorted((file.stem for file in place.glob("*.md")), key=_order)
        entries = [f"/{place.relative_to(folder).as_posix()}/{page}" for page in pages]
        trees.append(_tree(GROUPS.get(name, name.replace("-", " ").capitalize()), entries))
    trees.append(_tree("From the repository", [f"/{page}" for page in sorted(more)]))
    with (folder / ROOT).open("a", encoding="utf-8") as root:
        root.write("\n" + "\n".join(trees))


def _rank(place: Path) -> tuple[int, str]:
    names = list(GROUPS)
    name = "" if place.name == DOCUMENTS else place.name
    return (names.index(name) if name in names else len(names), name)


def _order(page: str) -> tuple[bool, int, str]:
    """A folder's README comes first."""
    return (page != "README", FIRST.index(page) if page in FIRST else len(FIRST), page)


def _tree(caption: str, pages: list[str]) -> str:
    listed = "\n".join(pages)
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{listed}\n```\n" if pages else ""
