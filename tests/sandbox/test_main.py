"""What a command says when something outside of it is wrong: one line, and no traceback."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox import __main__ as command
from sandbox import kube
from sandbox.errors import SandboxError
from sandbox.lifecycle import Lifecycle
from sandbox.paths import CACHE_ENV, ENV


def said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    lines = capsys.readouterr().err.splitlines()
    assert not [line for line in lines if "Traceback" in line]
    return lines


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (SandboxError("part [x]: ended"), r"part \[x\]: ended"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/a/file"), "/a/file: No space left on device: make room"),
        (
            OSError(errno.EROFS, os.strerror(errno.EROFS), "/a/file"),
            f"/a/file: Read-only file .*{ENV}",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/a/file"), f"/a/file: Permission denied: .*{CACHE_ENV}"),
        (OSError("odd"), "OSError: see that"),
        (kube.ApiError(401, "Unauthorized", "Unauthorized"), "the sandbox's API server: .*Unauthorized.*`make stop`"),
        (kube.NotReachableError("it does not answer"), "the sandbox's API server: it does not answer: "),
    ],
)
def test_every_error_from_outside_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, line: str
) -> None:
    def fail(_: Lifecycle) -> int:
        raise error

    monkeypatch.setitem(command.COMMANDS, "up", ("", fail))
    assert command.main(["up"]) == 1
    (only,) = said(capsys)
    assert re.match(f"error: {line}", only)


def test_how_to_go_on_is_the_last_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(_: Lifecycle) -> int:
        raise SandboxError("pulumi up: ended", then="Run `make up` again.")

    monkeypatch.setitem(command.COMMANDS, "up", ("", fail))
    assert command.main(["up"]) == 1
    assert said(capsys) == ["error: pulumi up: ended", "Run `make up` again."]


def is_a_file(path: Path) -> None:
    path.write_text("")


def is_full(path: Path) -> None:
    path.symlink_to("/dev/full/folder")


@pytest.mark.parametrize("spoil", [is_a_file, is_full])
@pytest.mark.parametrize("variable", [ENV, CACHE_ENV])
def test_a_folder_that_cannot_be_written_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    spoil: Callable[[Path], None],
    variable: str,
) -> None:
    monkeypatch.setenv(ENV, str(tmp_path / "sandbox"))
    monkeypatch.setenv(variable, str(tmp_path / "spoilt"))
    spoil(tmp_path / "spoilt")
    assert command.main(["up"]) == 1
    assert str(tmp_path / "spoilt") in said(capsys)[-1]
