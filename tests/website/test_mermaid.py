"""Mermaid as it is locked. That it draws is shown by tests/engine/test_site.py."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from sandbox.paths import CACHE_ENV
from sandbox.steps import Steps
from website import mermaid
from website.errors import WebsiteError

ASKED = json.loads((mermaid.LOCKED / "package.json").read_text(encoding="utf-8"))["dependencies"]
LOCK = json.loads((mermaid.LOCKED / "package-lock.json").read_text(encoding="utf-8"))["packages"]


def test_the_lock_has_what_is_asked_for_and_a_hash_for_each_package() -> None:
    assert LOCK[""]["dependencies"] == ASKED
    for name, version in ASKED.items():
        assert LOCK[f"node_modules/{name}"]["version"] == version
    for path, package in LOCK.items():
        assert not path or package["integrity"].startswith("sha512-"), path


def test_the_lock_says_nothing_of_where_packages_come_from() -> None:
    assert not [path for path, package in LOCK.items() if "resolved" in package]


def test_without_npm_one_line_says_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv(CACHE_ENV, str(tmp_path / "cache"))
    with pytest.raises(WebsiteError, match=r"^npm: not found; .*Node"):
        mermaid.program(Steps(Console(file=io.StringIO())))
