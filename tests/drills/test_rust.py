"""What is linked to Flux finds Rust's compiler, or says that it is not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from rich.console import Console

from drills import rust
from drills.programs import INFLUXD
from sandbox.errors import SandboxError
from sandbox.steps import Steps
from sandbox.tools import Program


@pytest.fixture
def steps() -> Steps:
    return Steps(Console())


def test_rusts_compiler_is_called_in_flux_without_what_newer_ones_refuse(
    steps: Steps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/cargo")
    monkeypatch.setattr(rust, "cache", lambda: tmp_path)
    monkeypatch.setattr(Program, "ensure", lambda self, _steps: tmp_path / self.name)
    environment = INFLUXD.environment(steps)
    assert environment["CGO_ENABLED"] == "1"
    assert environment["PKG_CONFIG"] == str(tmp_path / "pkg-config")
    called = Path(environment["CARGO"])
    assert called.stat().st_mode & 0o111
    assert "--no-default-features" in called.read_text()


def test_without_rust_one_line_says_so(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(SandboxError, match=r"^cargo: not found; install Rust"):
        INFLUXD.environment(steps)
