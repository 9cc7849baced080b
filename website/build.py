"""Builds the site: every link and anchor has to lead somewhere, every page has to be in the contents."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from sandbox.paths import REPOSITORY
from sandbox.steps import Steps
from website import mermaid, staging
from website.errors import WebsiteError

SITE: Final = REPOSITORY / ".site"
CONFIGURATION: Final = Path(__file__).parent
LOGO: Final = "logo.svg"
STATIC: Final = Path(__file__).parent / "static"


def build(steps: Steps, site: Path = SITE, repository: Path = REPOSITORY) -> Path:
    """Build the site anew; where its first page is.

    Raises:
        WebsiteError: a line for each thing that is wrong in the pages.
    """
    pages, static = site / "pages", site / "static"
    diagrams = mermaid.program(steps)
    with steps.step("Build the site"):
        for folder in (pages, static):
            shutil.rmtree(folder, ignore_errors=True)
        staging.stage(repository, site / "staged")
        shutil.copytree(STATIC, static)
        shutil.copyfile(diagrams, static / "mermaid.min.js")
        complaints = _sphinx(site / "staged", pages, site / "read", static)
        if complaints:
            raise WebsiteError("\n".join(complaints))
        first = pages / "index.html"
        shutil.copyfile(pages / "README.html", first)
    return first


def _sphinx(source: Path, pages: Path, read: Path, static: Path) -> list[str]:
    """Run Sphinx, in a process of its own as it keeps much to itself; what it complains of, by file."""
    complaints = read.with_suffix(".log")
    settings = {"html_static_path": static, "html_favicon": static / LOGO}
    command = [
        *(sys.executable, "-m", "sphinx", "--builder", "html", "--fresh-env", "--quiet", "--no-color"),
        *("--conf-dir", str(CONFIGURATION), "--doctree-dir", str(read), "--warning-file", str(complaints)),
        *(word for name, value in settings.items() for word in ("--define", f"{name}={value}")),
        *(str(source), str(pages)),
    ]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise WebsiteError(f"sphinx: {done.stderr.strip()}")
    said = complaints.read_text(encoding="utf-8").replace(f"{source}/", "")
    # A page that has no title is complained of once for every page that has it in its contents.
    return list(dict.fromkeys(line for line in said.splitlines() if line))
