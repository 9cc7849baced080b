"""Draws flowcharts in Mermaid, as text.

Nodes are known by what they are, and their identifiers in the text are made of that; an edge whose end is no node is a
mistake that is told at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pages.errors import PagesError

SHAPES: Final = {
    "box": '["{}"]',
    "store": '[("{}")]',
    "person": '(["{}"])',
    "round": '("{}")',
    "outside": '{{{{"{}"}}}}',
}
"""How a node is drawn: what runs, what keeps data, who asks, an object, what is not in the cluster."""


@dataclass
class Diagram:
    """A flowchart: nodes, in groups or not, and edges between them, in the order in which they were added."""

    direction: str = "LR"
    _nodes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Group, shape and label by key."""
    _edges: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def node(self, key: str, *label: str, shape: str = "box", group: str = "") -> str:
        """Add a node with the lines of its label; its key. What is there already stays as it is."""
        self._nodes.setdefault(key, (group, shape, text(label or [key])))
        return key

    def edge(self, source: str, target: str, *label: str, dotted: bool = False) -> None:
        """Add an arrow from one node to another one; dotted for what only asks or looks.

        Raises:
            PagesError: an end of it is no node.
        """
        for end in (source, target):
            if end not in self._nodes:
                message = f"diagram: an arrow from {source!r} to {target!r}, and there is no node {end!r}"
                raise PagesError(message)
        self._edges.setdefault((source, target, text(label)), "-.->" if dotted else "-->")

    def __str__(self) -> str:
        """The fenced block."""
        groups = dict.fromkeys(group for group, _, _ in self._nodes.values())
        written = [f"flowchart {self.direction}"]
        for group in groups:
            inside = [
                f"    {self._id(key)}{SHAPES[shape].format(label)}"
                for key, (place, shape, label) in self._nodes.items()
                if place == group
            ]
            if group:
                written += [f'    subgraph {_safe("group " + group)}["{text([group])}"]']
                written += [f"    {line}" for line in inside] + ["    end"]
            else:
                written += inside
        for (source, target, label), arrow in self._edges.items():
            said = f'|"{label}"|' if label else ""
            written.append(f"    {self._id(source)} {arrow}{said} {self._id(target)}")
        return "\n".join(["```mermaid", *written, "```"])

    def _id(self, key: str) -> str:
        """What a node is called in the text: letters, digits and underscores, and a number where two would be alike."""
        alike = [other for other in self._nodes if _safe(other) == _safe(key)]
        place = alike.index(key)
        return f"{_safe(key)}_{place}" if place else _safe(key)


def _safe(key: str) -> str:
    # `end` alone is a word of Mermaid's, and so is whatever begins with `o` or `x` behind a line.
    return "n_" + re.sub(r"[^A-Za-z0-9]+", "_", key).strip("_")


def text(label: Sequence[str]) -> str:
    """Lines of a label, with what Mermaid would read as its own written as it wants it."""
    return "<br/>".join(_escaped(line) for line in label if line)


ENTITIES: Final = str.maketrans({"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"})
"""What Mermaid would read as its own, as it wants it written."""


def _escaped(line: str) -> str:
    return line.translate(ENTITIES)
