"""The user's own description, in its own structure, with the figures of the platform that runs.

`ja.md` is the text as it was given, with slots where it has figures; `en.md` says the same in English.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pages.data_flow.boxes import filled
from pages.data_flow.figures import figures, rows
from pages.markdown import GENERATED, link, table
from pages.platform import Platform

HERE: Final = Path(__file__).parent
NAMES: Final = {"ja": "data-flow.md", "en": "data-flow.en.md"}
HEADS: Final = {"ja": ["項目", "現在の値"], "en": ["what", "as it is"]}
OTHERS: Final = {"ja": ("English", "en"), "en": ("日本語", "ja")}


def japanese(platform: Platform) -> str:
    """The description in its own language."""
    return _written(platform, "ja")


def english(platform: Platform) -> str:
    """The description in English."""
    return _written(platform, "en")


def _written(platform: Platform, language: str) -> str:
    text = (HERE / f"{language}.md").read_text(encoding="utf-8")
    index = 0 if language == "ja" else 1
    tables = {
        name: table(HEADS[language], [[row[index], row[2]] for row in found]) for name, found in rows(platform).items()
    }
    title, _, rest = filled(text, figures(platform), tables).partition("\n")
    other, code = OTHERS[language]
    return f"{title}\n\n{GENERATED}\n\n{link(other, NAMES[code])}\n{rest}"
