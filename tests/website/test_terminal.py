"""What stands in a terminal after a program has written over its own lines."""

from __future__ import annotations

import pytest

from website.errors import WebsiteError
from website.terminal import Screen


def shown(written: str, width: int = 20) -> list[str]:
    screen = Screen(width=width)
    screen.feed(written)
    return screen.text().splitlines()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("one\r\ntwo", ["one", "two"]),
        ("50 %\r100 %", ["100 %"]),
        ("long line\rs\x1b[K", ["s"]),
        ("one\r\ntwo\r\n\x1b[2A\x1b[2KONE\r\n", ["ONE", "two"]),
        ("one\r\ntwo\r\nthree\x1b[2A\r\x1b[J", [""]),
        ("a\x1b[3Cb\x1b[2Dc\x1b[1Gd", ["d  cb"]),
        ("ab\b\bc", ["cb"]),
        ("\x1b]0;a title\x07text\x1b[?25l", ["text"]),
        ("letters", ["let", "ter", "s"]),
        ("gone  \r\n", ["gone"]),
    ],
)
def test_what_is_written_over_is_gone(written: str, expected: list[str]) -> None:
    assert shown(written, width=3 if written == "letters" else 20) == (expected if expected != [""] else [])


def test_colours_stay_with_their_letters() -> None:
    assert shown("\x1b[1m\x1b[32mgreen\x1b[0m plain") == ["\x1b[0m\x1b[1m\x1b[32mgreen\x1b[0m plain"]
    assert shown("\x1b[31mred\r\x1b[0mR") == ["R\x1b[0m\x1b[31med\x1b[0m"]


@pytest.mark.parametrize("written", ["\x1b[4;2H", "\x1bM"])
def test_what_it_cannot_do_is_named(written: str) -> None:
    with pytest.raises(WebsiteError, match="not known"):
        shown(written)
