"""PostgreSQL is Debian's: where its programs are, and who runs it."""

from __future__ import annotations

import pwd
from pathlib import Path

import pytest

from drills.databases import installed
from drills.errors import DrillError


def test_the_newest_version_is_taken_by_its_number(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for version in ("9", "15", "17"):
        program = tmp_path / version / "bin" / "initdb"
        program.parent.mkdir(parents=True)
        program.touch()
    monkeypatch.setattr(installed, "PROGRAMS", tmp_path)
    assert installed.programs() == tmp_path / "17" / "bin"


def test_without_one_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(installed, "PROGRAMS", tmp_path)
    with pytest.raises(DrillError, match="`apt-get install postgresql`"):
        installed.programs()


def test_without_the_user_of_postgresql_it_is_said_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_name: str) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwnam", nobody)
    with pytest.raises(DrillError, match="no user postgres: expected that of the package postgresql"):
        installed.user()
