"""Colours only where somebody sees them and wants them."""

from __future__ import annotations

import io
import sys

import pytest

from telling import terminal

ESCAPE = "\x1b"


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def usual(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def printed(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sys, "stdout", stream)
    console = terminal.console()
    console.print("[bold]up[/] [red]error[/] [dim]1 s[/]")
    with console.status("at work"):
        pass
    return stream.getvalue()


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ESCAPE in printed(Terminal(), monkeypatch)


def test_a_file_gets_no_escape_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(io.StringIO(), monkeypatch).splitlines()[0] == "up error 1 s"
    assert ESCAPE not in printed(io.StringIO(), monkeypatch)


def test_no_color_takes_every_escape_code_from_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert ESCAPE not in printed(Terminal(), monkeypatch)


def test_an_empty_no_color_asks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert ESCAPE in printed(Terminal(), monkeypatch)


def test_a_files_lines_are_as_long_as_they_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert (terminal.console().width, terminal.console(width=160).width) == (terminal.WIDTH, 160)


def test_an_error_is_told_as_it_is_in_one_line(capfd: pytest.CaptureFixture[str]) -> None:
    why = f"Pod a/b: no image [bold]{'x' * 200}[/] at [::1]:80"
    terminal.complain(why, more="run `make up`, as [docs] say")
    assert capfd.readouterr().err == f"error: {why}\nrun `make up`, as [docs] say\n"
