"""The command: what it says, and by which exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from pages import __main__, command
from telling.model import STACK_TYPE
from tests.pages.conftest import Running


class Cluster:
    """Answers for the objects of a test's platform."""

    def __init__(self, objects: list[dict[str, Any]]) -> None:
        self.objects = objects

    def list(self, api_version: str, kind: str) -> Iterator[dict[str, Any]]:
        return (item for item in self.objects if (item["apiVersion"], item["kind"]) == (api_version, kind))


@pytest.fixture
def arguments(running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Of a command on a platform that runs, with its state in a file and pages in a folder of their own."""

    @contextmanager
    def reading(_: Path) -> Iterator[None]:
        yield

    monkeypatch.setattr(command, "connected", lambda *_: Cluster(running.healthy.objects))
    monkeypatch.setattr(command, "reading", reading)
    stack = {"type": STACK_TYPE, "outputs": asdict(running.summary)}
    state = {"deployment": {"resources": [stack, *running.healthy.resources]}}
    (tmp_path / "state.json").write_text(json.dumps(state), encoding="utf-8")
    return ["--export", str(tmp_path / "state.json"), "--folder", str(tmp_path / "home")]


def test_it_writes_and_then_finds_nothing_to_change(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(arguments) == 0
    assert "docs/platform/services.md" in capsys.readouterr().out
    assert __main__.main([*arguments, "--check"]) == 0
    assert "as the platform is" in capsys.readouterr().out


def test_it_names_what_differs_and_changes_nothing(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    __main__.main(arguments)
    page = tmp_path / "home" / "docs" / "platform" / "versions.md"
    changed = page.read_text(encoding="utf-8").replace("0.58.5", "0.58.6")
    page.write_text(changed, encoding="utf-8")
    capsys.readouterr()
    assert __main__.main([*arguments, "--check"]) == 1
    out = capsys.readouterr().out
    assert "docs/platform/versions.md: not as the platform is" in out
    assert "0.58.6" in out
    assert "services.md" not in out
    assert page.read_text(encoding="utf-8") == changed


def test_what_is_missing_is_one_line_and_no_page(
    running: Running, arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running.healthy.drop("TLSStore", "default", "traefik")
    assert __main__.main(arguments) == 2
    assert capsys.readouterr().err == "error: TLSStore traefik/default: looked for it, and the cluster has none\n"
    assert not (tmp_path / "home").exists()


def test_what_is_no_state_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.json").write_text("{}", encoding="utf-8")
    assert __main__.main(["--export", str(tmp_path / "state.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
