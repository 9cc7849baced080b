"""The pictures that the README shows: the site in a browser, and the sandbox's first command in a terminal."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from sandbox.paths import REPOSITORY
from sandbox.steps import Steps
from website import browser, recording
from website.build import build

FOLDER: Final = REPOSITORY / "docs" / "pictures"
WINDOW: Final[Any] = {"width": 1200, "height": 720}
SHOTS: Final = {"overview": ("docs/architecture.html", ".mermaid svg >> nth=0")}
"""By name, a page of the site and the part of it that is shown."""
ALONE: Final = """(drawing) => {
    drawing.style.width = drawing.style.maxWidth;
    document.body.replaceChildren(drawing);
}"""
"""Leaves nothing in the page but that part; a diagram is as wide as it wants to be."""
SHOWN: Final = (
    recording.Part(mark=r"^✓", after=16),
    recording.Part(mark=r"^Resources:", before=1, after=12),
    recording.Part(mark=r"references: ", before=8, after=200),
)
"""Of `make up`: its steps, the first and the last of the update, what that changed, the wiring check, the services."""


def of_the_site(console: Console) -> None:
    """Photograph the site, in light, at twice the size of the window's points."""
    steps = Steps(console)
    program = browser.chromium(steps)
    with tempfile.TemporaryDirectory(prefix="homelab-site-") as folder:
        pages = build(steps, Path(folder)).parent
        with steps.step("Photograph the site"), browser.launched(program) as chromium:
            page = chromium.new_page(viewport=WINDOW, device_scale_factor=2)
            for name, (address, part) in SHOTS.items():
                page.goto((pages / address).as_uri())
                page.wait_for_function(browser.DRAWN, arg="light")
                page.locator(part).evaluate(ALONE)
                page.locator("body > *").screenshot(path=FOLDER / f"{name}.png")


def of_the_terminal(console: Console) -> None:
    """Record `make up` as it is when the tools are built: from nothing, in the clone's own sandbox."""
    with Steps(console).step("Record `make up`"):
        recording.run(["make", "clean"])
        said = recording.run(["make", "up"])
    recording.drawn([("make up", recording.shortened(said, SHOWN))], FOLDER / "up.svg", "make up")
