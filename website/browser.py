"""A real browser without a window: the system's own Chromium, driven by Playwright."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, sync_playwright

from drills import packages
from sandbox.steps import Steps

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
"""By which the systems that people have know it."""
PACKAGE: Final = "chromium"
DRAWN: Final = """(theme) => !document.querySelector(".mermaid")
    || document.documentElement.dataset.diagrams === theme"""
"""In a page: whether it has drawn its diagrams, or has none."""
ARGUMENTS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none")
"""It opens pages of our own only; as root, and with little shared memory, it starts in no other way."""


def chromium(steps: Steps) -> Path:
    """Where the browser is; Debian's package is installed where that may be done.

    Raises:
        SandboxError: there is none, and it cannot be installed.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    return packages.ensure({PACKAGE: PACKAGE}, steps)[PACKAGE]


@contextmanager
def launched(program: Path) -> Iterator[Browser]:
    """A browser that ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing of what it was asked for."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server on loopback that has the folder's files."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
