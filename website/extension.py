"""What Sphinx does not do by itself: links to folders and source files, diagrams, and what a page needs for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from website.staging import page_of

DIAGRAM: Final = "mermaid"
"""Language of the fences that are diagrams, and class of what the browser draws them in."""
SCRIPTS: Final = ("mermaid.min.js", "diagrams.js")


class Diagram(nodes.General, nodes.Element):
    """A diagram in Mermaid's language, which the browser draws."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.add_node(Diagram, html=(_open, _close))
    app.connect("doctree-read", _links, priority=100)
    app.connect("doctree-read", _diagrams)
    app.connect("html-page-context", _scripts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _links(app: Sphinx, doctree: nodes.document) -> None:
    """Lead links to folders and to files that are no documents to the pages that were made of them.

    What has none is left as it is: Sphinx complains of it.
    """
    here = app.env.docname
    for link in list(doctree.findall(addnodes.pending_xref)):
        if link.get("reftype") != "myst" or link.get("refdomain"):
            continue
        target = os.path.normpath(Path(here).parent / link["reftarget"].partition("#")[0])
        for page in (f"{target}/README", page_of(target)):
            if page in app.env.found_docs:
                link["refdomain"], link["reftarget"], link["reftargetid"] = "doc", page, None
                break


def _diagrams(_app: Sphinx, doctree: nodes.document) -> None:
    for block in list(doctree.findall(nodes.literal_block)):
        if block.get("language") == DIAGRAM:
            block.replace_self(Diagram(source=block.astext()))


def _scripts(app: Sphinx, _page: str, _template: str, _context: dict[str, Any], doctree: nodes.document | None) -> None:
    """The program that draws is large: only pages that have a diagram load it."""
    if doctree is not None and any(doctree.findall(Diagram)):
        for script in SCRIPTS:
            app.add_js_file(script, loading_method="defer")


def _open(translator: Any, node: Diagram) -> None:
    source = translator.encode(node["source"])
    translator.body.append(f'<div class="{DIAGRAM}">{source}')


def _close(translator: Any, _node: Diagram) -> None:
    translator.body.append("</div>\n")
