"""Pins, read from files of every form that `go mod tidy` and people write."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import pins
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY

ONE = "module homelab/tools/one\n\ngo 1.25.11\n\nrequire example.org/one/v3 v3.2.0\n"
SEVERAL = """module homelab/tools/several

go 1.26.0

tool example.org/b

require (
\texample.org/a v1.9.0 // indirect
\texample.org/a/b v1.10.0-rc.1
)
"""


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in {"one": ONE, "several": SEVERAL}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "go.mod").write_text(text)
    (tmp_path / "requirements.txt").write_text("# two\nthing-more==2.0\nthing==1.2.3\n")
    monkeypatch.setattr(pins, "TOOLS", tmp_path)
    monkeypatch.setattr(pins, "REQUIREMENTS", tmp_path / "requirements.txt")


@pytest.mark.parametrize(
    ("tool", "path", "version"),
    [
        ("one", "example.org/one/v3", "v3.2.0"),
        ("several", "example.org/a", "v1.9.0"),
        ("several", "example.org/a/b", "v1.10.0-rc.1"),
    ],
)
def test_a_modules_version(tool: str, path: str, version: str) -> None:
    assert pins.go_module(tool, path) == version


def test_a_module_that_is_only_named_is_not_required() -> None:
    with pytest.raises(SandboxError, match=r"^tools/several/go.mod: requires no example.org/b$"):
        pins.go_module("several", "example.org/b")


def test_go_has_to_be_new_enough_for_every_tool() -> None:
    assert pins.go() == "1.26.0"


def test_a_packages_version() -> None:
    assert pins.python_package("thing") == "1.2.3"
    with pytest.raises(SandboxError, match=r"^requirements.txt: pins no things$"):
        pins.python_package("things")


@pytest.mark.parametrize(("text", "parts"), [("v3.250.0-dev", (3, 250, 0)), ("go1.26", (1, 26)), ("none", ())])
def test_versions_are_compared_by_their_numbers(text: str, parts: tuple[int, ...]) -> None:
    assert pins.numbers(text) == parts


def test_the_readme_asks_for_the_go_that_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "TOOLS", REPOSITORY / "tools")
    assert f"Go {pins.go().removesuffix('.0')} or newer" in (REPOSITORY / "README.md").read_text()
