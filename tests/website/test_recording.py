"""A command in a terminal, as a picture. Whether `make up` looks well in it is for eyes to say."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from website import recording
from website.errors import WebsiteError
from website.recording import Part

VISIBLE = "{http://www.w3.org/2000/svg}text"


def test_a_program_believes_that_it_has_a_terminal() -> None:
    said = recording.run(
        ["python3", "-c", "import os, sys; print(sys.stdout.isatty(), os.get_terminal_size().columns)"]
    )
    assert said.split() == ["True", str(recording.WIDTH)]


def test_a_command_that_fails_makes_no_picture() -> None:
    with pytest.raises(WebsiteError, match="code 3: out of order"):
        recording.run(["sh", "-c", "echo out of order; exit 3"])


def test_what_is_not_worth_showing_is_counted() -> None:
    lines = [f"\x1b[32mline {number}\x1b[0m" for number in range(20)]
    parts = [Part(mark="line 1$", before=5, after=1), Part(mark="^line 5$"), Part(mark="line 7$", after=2)]
    short = recording.shortened("\n".join(lines), parts).splitlines()
    assert short[:3] == lines[:3]
    assert "2 more lines" in short[3]
    assert short[4:9] == lines[5:10]
    assert "10 more lines" in short[9]
    assert len(short) == 10


def test_a_part_that_is_gone_is_named() -> None:
    with pytest.raises(WebsiteError, match="Resources"):
        recording.shortened("one\ntwo", [Part(mark="^Resources")])


def test_a_picture_has_what_was_said_and_asks_no_other_host(tmp_path: Path) -> None:
    file = tmp_path / "picture.svg"
    recording.drawn([("make up", "\x1b[32m✓\x1b[0m Start <all> & more\n")], file, "make up")
    text = file.read_text(encoding="utf-8")
    assert "url(" not in text.replace("url(#", "")
    assert "@import" not in text
    words = "".join(item.text or "" for item in ET.fromstring(text).iter(VISIBLE))  # noqa: S314 - our own file
    assert "$ make up" in words.replace("\xa0", " ")
    assert "✓ Start <all> & more" in words.replace("\xa0", " ")
