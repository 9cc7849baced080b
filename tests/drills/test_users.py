"""What refuses root gets another user id, by the way that there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drills import users


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_who_is_not_root_runs_everything_as_oneself(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert users.prefix(26) == []
    users.give(tmp_path / "deep" / "folder", 26)
    assert (tmp_path / "deep" / "folder").stat().st_uid == tmp_path.stat().st_uid


@pytest.mark.usefixtures("root")
def test_root_takes_another_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_works", lambda _command: True)
    program, *options = users.prefix(26)
    assert Path(program).name == "setpriv"
    assert "--reuid=26" in options


@pytest.mark.usefixtures("root")
def test_root_of_a_user_namespace_is_shown_as_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_works", lambda _command: False)
    program, *options = users.prefix(26)
    assert Path(program).name == "unshare"
    assert {"--user", "--map-user=26"} <= set(options)
