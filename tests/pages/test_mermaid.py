from __future__ import annotations

import pytest

from pages.errors import PagesError
from pages.mermaid import SHAPES, Diagram
from tests.support.flowcharts import charts


def test_every_shape_and_whatever_is_in_a_label_can_be_read() -> None:
    diagram = Diagram()
    for shape in SHAPES:
        diagram.node(f"node {shape}", 'a "quoted" <b> #1 `code`', "second", shape=shape, group=f"of {shape}")
    diagram.edge("node box", "node store", "a -> b | c", dotted=True)
    (chart,) = charts(str(diagram))
    assert len(chart.nodes) == len(chart.groups) == len(SHAPES)
    assert len(chart.arrows) == 1


def test_two_names_that_would_be_alike_are_two_nodes() -> None:
    diagram = Diagram()
    for key in ("a/b", "a-b", "a b"):
        diagram.node(key)
    diagram.edge("a/b", "a b")
    (chart,) = charts(str(diagram))
    assert len(set(chart.nodes)) == 3
    assert chart.arrows == [(chart.nodes[0], chart.nodes[2])]


def test_an_arrow_to_nowhere_is_a_mistake() -> None:
    diagram = Diagram()
    diagram.node("here")
    with pytest.raises(PagesError, match="no node 'there'"):
        diagram.edge("here", "there")


def test_what_is_added_twice_is_there_once() -> None:
    diagram = Diagram()
    for _ in range(2):
        diagram.edge(diagram.node("a"), diagram.node("b"), "calls")
    (chart,) = charts(str(diagram))
    assert (chart.nodes, len(chart.arrows)) == (["n_a", "n_b"], 1)
