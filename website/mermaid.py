"""Mermaid, as `tools/mermaid` locks it: fetched once into the cache, and then a file of the site like any other."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import Final

from sandbox import golang
from sandbox.paths import REPOSITORY, cache
from sandbox.steps import Steps
from website.errors import WebsiteError

LOCKED: Final = REPOSITORY / "tools" / "mermaid"
FILES: Final = ("package.json", "package-lock.json", ".npmrc")
PROGRAM: Final = Path("node_modules", "mermaid", "dist", "mermaid.min.js")
INSTALL_SECONDS: Final = 600


def program(steps: Steps) -> Path:
    """The file that draws diagrams in a browser.

    Raises:
        WebsiteError: it is not there and cannot be fetched.
    """
    digest = hashlib.sha256(b"".join((LOCKED / name).read_bytes() for name in FILES)).hexdigest()[:12]
    kept = cache() / f"mermaid-{digest}.js"
    if not kept.exists():
        folder = cache() / f"mermaid-{digest}"
        with steps.step("Fetch Mermaid, which draws the diagrams (once)"), golang.locked(folder):
            if not kept.exists():
                _install(folder)
                (folder / PROGRAM).rename(kept)
                # All that it was made of is in that one file.
                shutil.rmtree(folder / "node_modules")
    return kept


def _install(folder: Path) -> None:
    for name in FILES:
        shutil.copyfile(LOCKED / name, folder / name)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    except FileNotFoundError:
        message = "npm: not found; the site's diagrams need it once (Node 20 or newer)"
        raise WebsiteError(message) from None
    except subprocess.TimeoutExpired:
        message = f"npm: not done after {INSTALL_SECONDS} s; try again when the network has less to do"
        raise WebsiteError(message) from None
    if done.returncode != 0:
        raise WebsiteError(f"npm ci: {done.stderr.strip() or done.stdout.strip()}")
