"""Figures in boxes: no wall is moved, however long the figure and however wide its characters."""

from __future__ import annotations

from collections import Counter

import pytest

from pages.data_flow.boxes import filled, framed, width
from pages.errors import PagesError
from tests.support.boxes import broken

BOX = "```\n┌───────┐\n│ name  │\n│ {one} │\n└───────┘\n```"
BESIDE = "```\n┌───────┐   ┌───────┐\n│ {one} │──▶│ {two} │\n└───────┘   └───────┘\n```"
FRAMED = (
    "```\n┌─────────────────┐\n│ ┌───┐           │\n│ │ a │  {one:<}  │\n│ └───┘           │\n└─────────────────┘\n```"
)


def test_what_is_of_east_asia_is_two_columns_wide() -> None:
    assert width("長期保存 │ a") == 8 + 4


@pytest.mark.parametrize("text", [BOX, BESIDE, FRAMED])
@pytest.mark.parametrize(
    "value", ["v1", "長期保存", "a text of many words", "a-word-that-is-too-long", "/a/path/of/all"]
)
def test_boxes_stay_whole(text: str, value: str) -> None:
    drawn = filled(text, {"one": value, "two": "v2"}, {})
    assert broken(drawn.splitlines()) == []
    written = [character for character in drawn if character not in "│┌┐└┘─▶` \n"]
    # In boxes beside each other, the first row of both comes before the others of one.
    assert not Counter("".join(value.split())) - Counter(written)


def test_a_figure_is_in_the_middle_or_where_its_slot_begins() -> None:
    assert "│  v1   │" in filled(BOX, {"one": "v1"}, {})
    assert "│ │ a │  v1       │" in filled(FRAMED, {"one": "v1"}, {})


def test_a_box_with_a_wall_that_leans_is_found() -> None:
    assert broken(["┌───┐", "│ ab │", "└───┘"])
    assert broken(["┌────┐", "│ 長 │", "└────┘"]) == []


def test_lines_end_where_their_frame_does() -> None:
    assert framed(["┌────┐", "│ a   │", "│ 長│", "└────┘"]) == ["┌────┐", "│ a  │", "│ 長 │", "└────┘"]


def test_what_is_wider_than_its_frame_is_told() -> None:
    with pytest.raises(PagesError, match="wider than its frame"):
        framed(["┌──┐", "│ much │", "└──┘"])


def test_text_and_tables_are_filled_outside_of_boxes() -> None:
    assert filled("every {one}\n\n{table:of}\n", {"one": "3 min"}, {"of": "| a |"}) == "every 3 min\n\n| a |\n"


@pytest.mark.parametrize("text", ["{nobody}", "{table:nobody}", "```\n│ {nobody} │\n```"])
def test_a_figure_that_nobody_says_is_named(text: str) -> None:
    with pytest.raises(PagesError, match="looked for the figure nobody"):
        filled(text, {}, {})
