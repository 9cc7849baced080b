"""How commands are read from documents, and run."""

from __future__ import annotations

from pathlib import Path

import pytest

from drills import runbooks
from drills.errors import DrillError
from sandbox.engine import Engine
from sandbox.paths import Sandbox

PAGE = """# A page

    first <name>

## Later

Words in between.

    second \\
      goes on
1. In a list:

       third

## Last

    fourth
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(runbooks, "REPOSITORY", tmp_path)
    (tmp_path / "page.md").write_text(PAGE)
    return "page.md"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return Engine(sandbox=Sandbox(root=tmp_path / ".sandbox"), program=tmp_path, pulumi=tmp_path / "pulumi")


def test_the_commands_of_a_page_are_those_that_are_indented(page: str) -> None:
    assert [" ".join(command.split()) for command in runbooks.commands(page)] == [
        "first <name>",
        "second goes on",
        "third",
        "fourth",
    ]


def test_those_of_a_section_end_with_it(page: str) -> None:
    assert runbooks.commands(page, "## Last") == ["fourth"]
    assert len(runbooks.commands(page, "## Later")) == 2


def test_all_that_stands_in_angle_brackets_has_to_be_given() -> None:
    assert runbooks.filled("a <b c> 2>&1 <d>", {"b c": "1", "d": "2"}) == "a 1 2>&1 2"
    with pytest.raises(DrillError, match=r"^a <b>: nobody says what <b> is$"):
        runbooks.filled("a <b>", {"c": "1"})


def test_a_command_is_typed_in_the_sandboxs_shell(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    own = tmp_path / "bin" / "op"
    own.write_text('#!/bin/sh\necho "$HOMELAB_SANDBOX in $PWD"\n')
    own.chmod(0o755)
    assert runbooks.run(engine, "op | tr a-z a-z", home=tmp_path) == f"{engine.sandbox.root} in {tmp_path}\n"


def test_a_command_that_fails_in_a_pipe_says_what_it_has_said(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(DrillError, match=r"(?s)^sh .*why\n"):
        runbooks.run(engine, "sh -c 'echo why >&2; exit 3' | cat", home=tmp_path)


def test_a_section_is_followed_with_its_values(page: str, engine: Engine, tmp_path: Path) -> None:
    for name in ("first", "second", "third", "fourth"):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text('#!/bin/sh\necho "$0 $*"\n')
        program.chmod(0o755)
    said = runbooks.follow(engine, page, home=tmp_path, name="x")
    assert [line.rpartition("/")[2].strip() for line in said] == ["first x", "second goes on", "third", "fourth"]
