"""The list of all identities: the URN of every resource of the committed stack, and what keeps it from being deleted.

A change of a line is a resource that is destroyed and made anew in somebody's home: `python -m tests.support.urns`
writes the list, a test compares it, and a review sees the difference.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from components import platform
from tests.conftest import REPOSITORY, committed_stack, configuration_of
from tests.support.recorder import Recording, Registered, record

FILE = REPOSITORY / "docs" / "urns.txt"
HEADER = "# Every resource of Pulumi.homelab.yaml, by its URN without stack and project. Written by `make generated`.\n"


def text(recording: Recording[Any]) -> str:
    """What the file holds: a line for each resource, in alphabetical order."""
    return HEADER + "".join(f"{line}\n" for line in sorted(_line(item) for item in recording.resources))


def _line(item: Registered) -> str:
    marks = [word for word, given in (("protected", item.protect), ("retained", item.retain_on_delete)) if given]
    return "  ".join([item.urn.split("::", 2)[2], *marks])


def write(file: Path = FILE) -> None:
    """Bring the file up to date."""
    file.write_text(text(record(lambda: platform.build(configuration_of(committed_stack())))), encoding="utf-8")


if __name__ == "__main__":
    write()
