"""The Go toolchain, stood in for by a script: what its failures look like to the user."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import golang
from sandbox.errors import SandboxError


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `go` that the test writes, the only program on PATH beside the system's own; and a module to build."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(golang, "TOOLS", tmp_path)
    monkeypatch.setattr(golang, "RETRY_SECONDS", 0.0)
    (tmp_path / "thing").mkdir()
    for name in ("go.mod", "go.sum"):
        (tmp_path / "thing" / name).write_text(name)
    return folder / "go"


def script(go: Path, text: str) -> None:
    go.write_text(f"#!/bin/sh\n{text}\n")
    go.chmod(0o755)


def build(tmp_path: Path) -> Path:
    output = tmp_path / "out" / "thing"
    output.parent.mkdir(exist_ok=True)
    golang.build("thing", "example.org/thing", "", output, tmp_path / "build.log")
    return output


def test_a_program_appears_when_it_is_whole(go: Path, tmp_path: Path) -> None:
    script(go, 'while [ "$1" != -o ]; do shift; done; echo built > "$2"')
    assert build(tmp_path).read_text() == "built\n"
    assert [item.name for item in (tmp_path / "out").iterdir()] == ["thing"]


def test_a_build_is_told_what_to_build_and_what_else_it_needs(go: Path, tmp_path: Path) -> None:
    said = tmp_path / "said"
    script(go, f'echo "$@" > {said}; echo $CGO_ENABLED >> {said}; while [ "$1" != -o ]; do shift; done; touch "$2"')
    output = tmp_path / "thing-with-tags"
    golang.build(
        "thing", "example.org/thing", "", output, tmp_path / "build.log", tags="a,b", environment={"CGO_ENABLED": "1"}
    )
    arguments, cgo = said.read_text().splitlines()
    assert " -tags a,b " in arguments
    assert cgo == "1"


def test_a_failed_build_names_its_last_line_and_its_log(go: Path, tmp_path: Path) -> None:
    script(go, "echo 'a.go:1: undefined: x' >&2; exit 1")
    with pytest.raises(SandboxError, match=r"^building thing: a.go:1: undefined: x \(log: .*build.log\)$"):
        build(tmp_path)
    assert "undefined: x" in (tmp_path / "build.log").read_text()
    assert not (tmp_path / "out" / "thing").exists()


def test_without_go_one_line_says_so(go: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(go.parent))
    with pytest.raises(SandboxError, match=r"^go: not found; install Go"):
        build(tmp_path)


def test_a_download_that_times_out_is_tried_again(go: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    fails = """printf '{"Error": "dial: timeout"}'; exit 1"""
    script(go, f'echo x >> {count}; test $(wc -l < {count}) -ge 3 || {{ {fails}; }}; printf \'{{"Dir": "/there"}}\'')
    assert golang.module_folder("thing", "example.org/thing") == Path("/there")
    assert count.read_text().count("x") == 3


def test_a_refused_download_is_not_tried_again_and_gives_the_reason(go: Path, tmp_path: Path) -> None:
    count = tmp_path / "count"
    script(go, f"""echo x >> {count}; printf '{{"Error": "403 Forbidden"}}'; exit 1""")
    with pytest.raises(SandboxError, match=r"^downloading example.org/thing: 403 Forbidden$"):
        golang.module_folder("thing", "example.org/thing")
    assert count.read_text().count("x") == 1


def test_the_key_follows_the_module_and_the_arguments(go: Path, tmp_path: Path) -> None:
    before = golang.key("thing", "a")
    assert before == golang.key("thing", "a")
    assert before != golang.key("thing", "b")
    (tmp_path / "thing" / "go.sum").write_text("another")
    assert before != golang.key("thing", "a")
    before = golang.key("thing", "a")
    (tmp_path / "thing" / "main.go").write_text("package main")
    assert before != golang.key("thing", "a")
    assert not go.exists()
