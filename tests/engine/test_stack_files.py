"""Stack files as people write them, right and wrong, on a real engine: the sandbox says what plain pulumi says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from components.settings import SECRET_KEYS
from sandbox import tools
from sandbox.engine import Engine
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY, Sandbox
from sandbox.steps import Steps

COMMITTED = (REPOSITORY / "Pulumi.homelab.yaml").read_text(encoding="utf-8")
ZONES = "  homelab:zones:\n"


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a copy of the program, without a cluster: a broken stack file is found before one is needed."""
    root = tmp_path_factory.mktemp("stack-files")
    program = root / "program"
    shutil.copytree(REPOSITORY / "components", program / "components")
    for name in ("Pulumi.yaml", "Pulumi.homelab.yaml", "__main__.py"):
        shutil.copyfile(REPOSITORY / name, program / name)
    (program / ".venv").symlink_to((REPOSITORY / ".venv").resolve())
    engine = Engine(
        sandbox=Sandbox(root=root / ".sandbox"), program=program, pulumi=tools.ensure(Steps(Console())).pulumi
    )
    engine.install()
    engine.configure(list(SECRET_KEYS))
    return engine


@pytest.fixture
def file(configured: Engine) -> Iterator[Path]:
    file = configured.program / "Pulumi.homelab.yaml"
    yield file
    file.write_text(COMMITTED, encoding="utf-8")


def test_what_is_taken_over_means_the_same_to_the_engine(configured: Engine) -> None:
    odd = "  homelab:odd: {on: yes, octal: 010, hex: 0x1F, exponent: 1e3, day: 2020-01-01, anchor: &a [~], same: *a}"
    file = configured.program / "Pulumi.homelab.yaml"
    file.write_text(COMMITTED + odd + "\n", encoding="utf-8")
    before = file.read_bytes()
    configured.configure(list(SECRET_KEYS))
    theirs = json.loads(configured.read("config", "--config-file", str(file), "--json"))
    ours = json.loads(configured.read("config", "--json"))
    assert {key: value for key, value in ours.items() if key in theirs} == theirs
    assert {key.removeprefix("homelab:") for key in ours.keys() - theirs.keys()} == set(SECRET_KEYS)
    assert file.read_bytes() == before
    assert configured.values()["odd"]["on"] == "yes"
    file.write_text(COMMITTED, encoding="utf-8")
    assert configured.configure(list(SECRET_KEYS)) == {}
    assert "odd" not in configured.values()


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (COMMITTED + "  homelab:acme: {}\n", r"mapping key \"homelab:acme\" already defined at line"),
        (COMMITTED.replace(ZONES, "\thomelab:zones:\n"), r"line \d+: found character that cannot start any token"),
        (COMMITTED + "  homelab:other: *nobody\n", "unknown anchor 'nobody' referenced"),
        (COMMITTED + "  homelab:other: [1\n", "did not find expected"),
        ("config: 5\n", "cannot unmarshal"),
        ("- config\n", "expected project to be an object"),
    ],
)
def test_what_the_engine_cannot_read_is_one_line_by_the_files_name(
    configured: Engine, file: Path, broken: str, said: str
) -> None:
    before = configured.stack_file.read_bytes()
    file.write_text(broken, encoding="utf-8")
    with pytest.raises(SandboxError, match=f"^Pulumi.homelab.yaml: .*{said}") as refused:
        configured.configure(list(SECRET_KEYS))
    assert "\n" not in str(refused.value)
    assert configured.stack_file.read_bytes() == before


def test_bytes_that_are_no_text_are_one_line(configured: Engine, file: Path) -> None:
    file.write_bytes(COMMITTED.encode().replace(b"production", b"pr\xe4duction"))
    with pytest.raises(SandboxError, match=r"^Pulumi.homelab.yaml: .*UTF-8"):
        configured.configure(list(SECRET_KEYS))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_that_the_engine_reads_are_read(configured: Engine, file: Path, encoding: str) -> None:
    file.write_text(COMMITTED, encoding=encoding)
    configured.configure(list(SECRET_KEYS))
    assert set(configured.values()["zones"]) == {"harvestasya.org", "suzutan.jp"}


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (COMMITTED.replace(ZONES, "  homelab:zonen:\n"), ["homelab:zonen: unknown key", "homelab:zones: missing"]),
        ("", ["homelab:zones: missing", "homelab:cloudflare.accountId: missing"]),
        (COMMITTED + "  homelab:authentikToken: hunter2\n", ["homelab:authentikToken: stored in plain text"]),
        (
            COMMITTED.replace("      enabled: true\n", "      enabled: yes please\n", 1),
            ["homelab:apps.navidrome.enabled: expected true or false"],
        ),
    ],
)
def test_what_the_program_cannot_use_is_said_by_its_own_lines(
    configured: Engine, file: Path, broken: str, said: list[str]
) -> None:
    file.write_text(broken, encoding="utf-8")
    configured.configure(list(SECRET_KEYS))
    with pytest.raises(SandboxError) as refused:
        configured.read("preview")
    for line in said:
        assert line in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert "hunter2" not in str(refused.value)
