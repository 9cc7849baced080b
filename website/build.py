"""Builds the site: every link and anchor has to lead somewhere, every page has to be in the contents."""

from __future__ import annotations

import io
import re
import shutil
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from docutils.utils import SystemMessage
from sphinx.application import Sphinx
from sphinx.errors import SphinxError

from sandbox.paths import REPOSITORY
from sandbox.steps import Steps
from website import mermaid, staging
from website.errors import WebsiteError

SITE: Final = REPOSITORY / ".site"
LOGO: Final = "logo.svg"
STATIC: Final = Path(__file__).parent / "static"
ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*m")
CONFIGURATION: Final[Mapping[str, Any]] = {
    "project": "Homelab",
    "author": "The homelab authors",
    "copyright": "The homelab authors",
    "root_doc": "README",
    "source_suffix": {".md": "markdown"},
    "extensions": ["myst_parser", "website.extension"],
    # As GitHub reads it, so that a page is the same in both places; only the contents are a directive.
    "myst_heading_anchors": 6,
    "myst_heading_slug_func": "github",
    "myst_disable_syntax": ["myst_role", "myst_target", "myst_line_comment", "myst_block_break"],
    "myst_enable_extensions": ["html_image", "strikethrough", "tasklist"],
    "nitpicky": True,
    "smartquotes": False,
    "highlight_language": "text",
    "html_theme": "furo",
    "html_title": "Homelab",
    "html_static_path": [],
    "html_css_files": ["site.css"],
    "html_js_files": ["search.js"],
    "html_copy_source": False,
    "html_show_sphinx": False,
    "html_show_copyright": False,
    "html_use_index": False,
    "html_theme_options": {"top_of_page_buttons": []},
}


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
    """Run Sphinx; what it complains of, by the file of the repository."""
    complaints = io.StringIO()
    settings = {**CONFIGURATION, "html_static_path": [str(static)], "html_favicon": str(static / LOGO)}
    try:
        with warnings.catch_warnings():
            # What its packages still use of one another is their affair.
            warnings.simplefilter("ignore", DeprecationWarning)
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            app = Sphinx(source, None, pages, read, "html", settings, status=None, warning=complaints, freshenv=True)
            app.build(force_all=True)
    except (SphinxError, SystemMessage) as error:
        raise WebsiteError(f"sphinx: {error}") from error
    said = ESCAPES.sub("", complaints.getvalue()).replace(f"{source}/", "")
    # A page that has no title is complained of once for every page that has it in its contents.
    return list(dict.fromkeys(line for line in said.splitlines() if line))
