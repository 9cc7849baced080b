"""Traefik is built with a lego that has no DNS providers, and is all there otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from drills import lego
from drills.programs import TRAEFIK
from sandbox import golang
from sandbox.pins import TOOLS
from sandbox.steps import Steps


def test_its_providers_are_left_out_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "module"
    for name in (
        "lego/client.go",
        "challenge/provider.go",
        "providers/dns/some.go",
        "providers/dns/one/one.go",
        "cmd/x.go",
    ):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("package x\n")
    (source / "go.mod").write_text("module x\n")
    monkeypatch.setattr(golang, "module_folder", lambda _tool, _module: source)
    monkeypatch.setattr(lego, "cache", lambda: tmp_path / "with a space")
    flags = TRAEFIK.environment(Steps(Console()))["GOFLAGS"]
    modules = Path(flags.partition("-modfile=")[2].rstrip("'"))
    copy = modules.parent / "lego"
    found = sorted(str(path.relative_to(copy)) for path in copy.rglob("*.go"))
    assert found == ["challenge/provider.go", "lego/client.go", "providers/dns/none.go"]
    text = modules.read_text()
    assert text.startswith((TOOLS / "traefik" / "go.mod").read_text())
    assert text.endswith(f'replace {lego.LEGO} => "{copy}"\n')
    assert (modules.parent / "go.sum").read_bytes() == (TOOLS / "traefik" / "go.sum").read_bytes()
