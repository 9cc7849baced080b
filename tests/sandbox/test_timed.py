"""A command as a step with its time."""

from __future__ import annotations

import re
import sys

import pytest

from sandbox import timed

PRINTS = "print('much to say')"


def test_a_command_that_succeeds_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert timed.main(["Check it", sys.executable, "-c", PRINTS]) == 0
    assert re.fullmatch(r"✓ Check it \d+\.\d s\n", capfd.readouterr().out)


def test_one_that_fails_says_why_and_keeps_its_code(capfd: pytest.CaptureFixture[str]) -> None:
    assert timed.main(["Check it", sys.executable, "-c", f"{PRINTS}; raise SystemExit(3)"]) == 3
    first, said = capfd.readouterr().out.splitlines()
    assert first.startswith("✗ Check it")
    assert said == "much to say"


def test_one_that_is_not_there_is_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    assert timed.main(["Check it", "no-such-program"]) == 127
    assert capfd.readouterr().err.splitlines() == [
        "no-such-program: not found; `make .venv/.ready` installs what is needed"
    ]
