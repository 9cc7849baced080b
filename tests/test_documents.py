"""Commands of the documents that name resources of the platform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from tests.support.recorder import Recording

ROOT: Final = Path(__file__).parents[1]
REPLACED: Final = re.compile(r"pulumi up [\w -]*--replace '\*\*([\w:/-]+)'")
"""By the end of its URN; what has a placeholder in it is no resource of this platform."""


def replaced() -> dict[str, str]:
    """Where a document has a resource of the platform made anew, by the end of the resource's URN."""
    pages = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    return {end: page.name for page in pages for end in REPLACED.findall(page.read_text(encoding="utf-8"))}


def test_what_is_to_be_made_anew_is_there_and_can_be(extended: Recording[Any]) -> None:
    assert replaced()
    for end, page in replaced().items():
        found = [item for item in extended.resources if item.custom and item.urn.endswith(end)]
        assert found, f"{page}: there is no {end}"
        # The engine makes the new one first, which is refused where the program has given both their name.
        for item in found:
            assert item.delete_before_replace or not item.type.startswith("kubernetes:"), f"{page}: {end}"
