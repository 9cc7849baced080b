"""The choice of the Kubernetes plugin, and that nothing of the sandbox ends up outside of it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from sandbox import choice
from sandbox.choice import Plugin
from sandbox.engine import Engine, plugin_version
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY, Sandbox

NAME = f"resource-kubernetes-v{plugin_version('pulumi_kubernetes')}"
BINARY = "pulumi-resource-kubernetes"
THEIRS = b"\x7fELF the published plugin"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has the published plugin."""
    home = tmp_path / "home"
    plugin = home / ".pulumi" / "plugins" / NAME
    plugin.mkdir(parents=True)
    (plugin / BINARY).write_bytes(THEIRS)
    (plugin / BINARY).chmod(0o755)
    (plugin / "PulumiPlugin.yaml").write_text("runtime: binary\n")
    monkeypatch.setenv("HOME", str(home))
    for name in ("PULUMI_HOME", choice.PLUGIN):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def engine(tmp_path: Path, home: Path) -> Engine:
    assert home
    program = tmp_path / "program"
    program.mkdir()
    return Engine(sandbox=Sandbox(root=tmp_path / ".sandbox"), program=program, pulumi=tmp_path / "pulumi")


def installed(engine: Engine) -> Path:
    return choice.plugins(engine.sandbox) / NAME


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder, with its age."""
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.rglob("*") if path.is_file()}


def with_state(sandbox: Sandbox, *types: str) -> None:
    stack = sandbox.state / ".pulumi" / "stacks" / "homelab" / "homelab.json"
    stack.parent.mkdir(parents=True, exist_ok=True)
    stack.write_text(json.dumps({"resources": [{"type": name} for name in types]}))


def test_ours_is_taken_though_the_published_one_is_installed(engine: Engine, home: Path) -> None:
    before = contents(home)
    engine.install()
    assert b"sandbox.plugins.kubernetes" in (installed(engine) / BINARY).read_bytes()
    assert contents(home) == before


def test_the_published_one_is_copied_on_request(engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(home)
    monkeypatch.setenv(choice.PLUGIN, "real")
    engine.install()
    folder = installed(engine)
    # Pulumi skips links among the plugins.
    assert not [path for path in (folder, *folder.rglob("*")) if path.is_symlink()]
    assert (folder / BINARY).read_bytes() == THEIRS
    assert os.access(folder / BINARY, os.X_OK)
    made = (folder / BINARY).stat().st_ino
    engine.install()
    assert (folder / BINARY).stat().st_ino == made, "what is the same is not copied again"
    assert contents(home) == before


def test_it_is_found_from_a_shell_that_has_sourced_the_sandbox(
    engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(home)
    engine.install()
    for key, value in engine.environment().items():
        monkeypatch.setenv(key, value)
    monkeypatch.setenv(choice.PLUGIN, "real")
    engine.install()
    assert (installed(engine) / BINARY).read_bytes() == THEIRS
    monkeypatch.setenv(choice.PLUGIN, "own")
    engine.install()
    assert b"sandbox.plugins.kubernetes" in (installed(engine) / BINARY).read_bytes()
    assert [path.name for path in installed(engine).iterdir()] == [BINARY], "nothing of the other one is left"
    assert contents(home) == before


def test_an_own_home_of_pulumis_is_looked_in_first(
    engine: Engine, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / ".pulumi").rename(tmp_path / "elsewhere")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.setenv(choice.PLUGIN, "real")
    engine.install()
    assert (installed(engine) / BINARY).read_bytes() == THEIRS


def test_without_it_one_line_says_how_to_get_it(engine: Engine, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / ".pulumi" / "plugins" / NAME).rename(home / ".pulumi" / "plugins" / "resource-kubernetes-v4.0.0")
    monkeypatch.setenv(choice.PLUGIN, "real")
    with pytest.raises(SandboxError, match=r"`pulumi plugin install resource kubernetes \d+\.\d+\.\d+`") as refused:
        engine.install()
    assert "\n" not in str(refused.value)


def test_a_word_that_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(choice.PLUGIN, "theirs")
    with pytest.raises(SandboxError, match="theirs: expected own or real"):
        choice.chosen()
    monkeypatch.setenv(choice.PLUGIN, "")
    assert choice.chosen() is Plugin.OWN


@pytest.mark.parametrize(("first", "then"), [("own", "real"), ("real", "own")])
def test_a_state_is_not_handed_to_the_other_one(
    engine: Engine, first: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(choice.PLUGIN, first)
    engine.install()
    with_state(engine.sandbox, "pulumi:providers:kubernetes", "kubernetes:core/v1:Namespace")
    before = contents(engine.sandbox.root)
    monkeypatch.setenv(choice.PLUGIN, then)
    with pytest.raises(SandboxError, match=rf"go on with PLUGIN={first}, or .* `make clean`"):
        engine.install()
    assert contents(choice.plugins(engine.sandbox)).items() <= before.items()
    with_state(engine.sandbox, "pulumi:providers:kubernetes")
    engine.install()


@pytest.mark.parametrize("linked", [True, False])
def test_a_sandbox_from_before_there_was_a_choice(engine: Engine, home: Path, linked: bool) -> None:
    """It ran the published plugin through a link, if the user had it."""
    before = contents(home)
    choice.plugins(engine.sandbox).mkdir(parents=True)
    if linked:
        installed(engine).symlink_to(home / ".pulumi" / "plugins" / NAME)
    with_state(engine.sandbox, "kubernetes:core/v1:Namespace")
    if linked:
        with pytest.raises(SandboxError, match="made by the published Kubernetes plugin"):
            engine.install()
        with_state(engine.sandbox)
    engine.install()
    assert not installed(engine).is_symlink()
    assert contents(home) == before


def test_nothing_is_written_through_a_link(engine: Engine, tmp_path: Path) -> None:
    """Whatever a link in the sandbox leads to stays as it is."""
    engine.install()
    outside = tmp_path / "outside"
    outside.mkdir()
    places = [path for path in engine.sandbox.root.rglob("*") if path.is_file() and os.access(path, os.X_OK)]
    assert places
    for place in places:
        theirs = outside / place.name
        theirs.write_text("theirs")
        place.unlink()
        place.symlink_to(theirs)
    engine.install()
    assert {path.read_text() for path in outside.iterdir()} == {"theirs"}
    assert not [place for place in places if place.is_symlink()]


def test_whatever_pulumi_and_helm_keep_is_in_the_sandbox(engine: Engine) -> None:
    kept = {key: value for key, value in engine.environment().items() if key.endswith(("_HOME", "_PATH"))}
    assert kept
    assert all(Path(value).is_relative_to(engine.sandbox.root) for value in kept.values())


@pytest.mark.parametrize(("said", "around", "chosen"), [(["PLUGIN=real"], {}, True), ([], {"PLUGIN": "real"}, False)])
def test_make_is_told_and_finds_no_word_by_accident(said: list[str], around: dict[str, str], chosen: bool) -> None:
    command = ["make", "--print-data-base", "--question", "help", *said]
    printed = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, **around}, capture_output=True, text=True, check=False
    )
    assert (f"{choice.PLUGIN} := real" in printed.stdout) is chosen
