"""The commands of the README and of the guides: what a stranger types, in the order in which it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
GUIDES: Final = (
    "README.md",
    "docs/own-homelab.md",
    "docs/adopt.md",
    "docs/upgrade.md",
    "docs/troubleshooting.md",
    "docs/faq.md",
    "docs/add-an-application.md",
    "docs/sandbox.md",
)
"""In the order in which their commands can be run: the README starts a sandbox, and the page about it ends it."""
FENCED: Final = re.compile(r"^( *)```.*?^\1```$", re.MULTILINE | re.DOTALL)
BLOCK: Final = re.compile(r"(?:^<!-- (?P<comment>.+?) -->\n\n)?(?P<text>(?:^ {4}\S.*\n(?:^ {4}.*\n)*)+)", re.MULTILINE)
WITH: Final = re.compile(r"with: (.+)")
NOT_RUN: Final = re.compile(r"not run: (.+)")


@dataclass(frozen=True, kw_only=True)
class Block:
    """Commands that stand together."""

    page: str
    text: str
    reason: str = ""
    """Why they are not run in the sandbox."""
    values: dict[str, str] = field(default_factory=dict)
    """What stands for the words in angle brackets."""

    @property
    def script(self) -> str:
        """What is typed.

        Raises:
            ValueError: nobody says what stands for a word.
        """
        script = self.text
        for name, value in self.values.items():
            script = script.replace(f"<{name}>", value)
        if left := re.search(r"<[a-z ]+>", script):
            message = f"{self.page}: nobody says what {left[0]} is"
            raise ValueError(message)
        return script


def blocks() -> list[Block]:
    """Every block of commands, in order."""
    return [block for page in GUIDES for block in of_text(page, (ROOT / page).read_text(encoding="utf-8"))]


def of_text(page: str, text: str) -> list[Block]:
    """Those of one page.

    Raises:
        ValueError: the comment above one says nothing that is understood.
    """
    found = []
    for match in BLOCK.finditer(FENCED.sub("", text)):
        comment = match["comment"] or ""
        lines = "\n".join(line[4:] for line in match["text"].splitlines())
        if not comment:
            found.append(Block(page=page, text=lines))
        elif reason := NOT_RUN.fullmatch(comment):
            found.append(Block(page=page, text=lines, reason=reason[1]))
        elif given := WITH.fullmatch(comment):
            pairs = [part.partition(" = ") for part in given[1].split(", ")]
            found.append(Block(page=page, text=lines, values={name: value for name, _, value in pairs}))
        else:
            message = f"{page}: `{comment}` above commands is neither `not run: <reason>` nor `with: <name> = <value>`"
            raise ValueError(message)
    return found
