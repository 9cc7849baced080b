"""Reads flowcharts of Mermaid as far as pages write them: nodes, groups and arrows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

FENCED = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAME = r"[A-Za-z][A-Za-z0-9_]*"
LABEL = r'"[^"<>`]*(?:<br/>[^"<>`]*)*"'
NODE = re.compile(rf"({NAME})(?:\[{LABEL}\]|\[\({LABEL}\)\]|\(\[{LABEL}\]\)|\({LABEL}\)|\{{\{{{LABEL}\}}\}})")
GROUP = re.compile(rf"subgraph ({NAME})\[{LABEL}\]")
ARROW = re.compile(rf"({NAME}) (?:-->|-\.->)(?:\|{LABEL}\|)? ({NAME})")


@dataclass
class Flowchart:
    nodes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    arrows: list[tuple[str, str]] = field(default_factory=list)


def charts(text: str) -> Iterator[Flowchart]:
    """Every flowchart of a page; a line that is none of theirs is an error."""
    for block in FENCED.findall(text):
        head, *lines = block.splitlines()
        assert re.fullmatch(r"flowchart (LR|TB)", head), head
        chart, depth = Flowchart(), 0
        for line in map(str.strip, lines):
            if match := GROUP.fullmatch(line):
                chart.groups.append(match[1])
                depth += 1
            elif line == "end":
                depth -= 1
            elif match := NODE.fullmatch(line):
                chart.nodes.append(match[1])
            elif match := ARROW.fullmatch(line):
                chart.arrows.append((match[1], match[2]))
            else:
                raise AssertionError(line)
            assert depth in (0, 1), line
        assert depth == 0
        yield chart
