"""The choice of a home: by word, remembered, and never another one's."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import stacks
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.paths import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.delenv(stacks.STACK_ENV, raising=False)
    return Sandbox(root=tmp_path / ".sandbox")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A program with two homes."""
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: dwelling\nruntime: python\n")
    for name in (stacks.DEFAULT, "cottage"):
        (folder / f"Pulumi.{name}.yaml").write_text("config: {}\n")
    return folder


def asked(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv(stacks.STACK_ENV, word)


def begun(sandbox: Sandbox, stack: str) -> None:
    sandbox.project.mkdir(parents=True)
    stacks.file_of(sandbox.project, stack).write_text("encryptionsalt: v1:ours\n")


def test_without_a_word_it_is_the_usual_one(sandbox: Sandbox, program: Path) -> None:
    assert stacks.settle(sandbox, program) == stacks.of(sandbox) == stacks.DEFAULT


def test_a_sandbox_remembers_what_it_was_made_for(
    sandbox: Sandbox, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(monkeypatch, "cottage")
    assert stacks.settle(sandbox, program) == "cottage"
    begun(sandbox, "cottage")
    monkeypatch.delenv(stacks.STACK_ENV)
    assert stacks.settle(sandbox, program) == stacks.of(sandbox) == "cottage"


def test_everything_of_the_engine_follows(sandbox: Sandbox, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, "cottage")
    stacks.settle(sandbox, program)
    engine = Engine(sandbox=sandbox, program=program, pulumi=Path("pulumi"))
    assert engine.stack_file == sandbox.project / "Pulumi.cottage.yaml"
    assert engine.environment()["PULUMI_STACK"] == "cottage"
    assert engine.backend.file.name == "cottage.json"
    # Keys of a stack file are the program's, whatever the stack is called.
    assert (engine._stack().committed.name, engine._stack().namespace) == ("Pulumi.cottage.yaml", "dwelling")


@pytest.mark.parametrize("word", ["castle", "../cottage", "*", "cot tage"])
def test_a_home_without_a_file_is_refused_in_one_line(
    sandbox: Sandbox, program: Path, monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    asked(monkeypatch, word)
    with pytest.raises(SandboxError) as refused:
        stacks.settle(sandbox, program)
    assert str(refused.value).splitlines() == [
        f"STACK={word}: there is no file Pulumi.{word}.yaml; expected one of cottage, homelab"
    ]
    assert not sandbox.root.exists()


def test_a_sandbox_that_has_begun_stays_the_home_that_it_is(
    sandbox: Sandbox, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks.settle(sandbox, program)
    begun(sandbox, stacks.DEFAULT)
    asked(monkeypatch, "cottage")
    with pytest.raises(SandboxError, match=r"^STACK=cottage: this sandbox is the home of the stack homelab: .*clean"):
        stacks.settle(sandbox, program)
    assert stacks.of(sandbox) == stacks.DEFAULT
