"""The folder of the state: what is damaged is said before anything is begun, and a lock is nobody's only if it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from sandbox import backend
from sandbox.backend import RUNBOOK, Backend
from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY


class Usage(NamedTuple):
    """What a disk has."""

    total: int
    used: int
    free: int


@pytest.fixture
def state(tmp_path: Path) -> Backend:
    """A state that is whole."""
    made = Backend(folder=tmp_path, project="homelab", stack="cottage")
    made.file.parent.mkdir(parents=True)
    made.file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": {"resources": [{}] * 99}}}))
    return made


@pytest.fixture
def lock(state: Backend) -> Path:
    """A lock, of nobody yet."""
    path = state.folder / ".pulumi" / "locks" / "organization" / "homelab" / "homelab" / "a.json"
    path.parent.mkdir(parents=True)
    return path


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[int]:
    """The number of a process called pulumi, which runs."""
    pulumi = tmp_path / "pulumi"
    shutil.copy(shutil.which("sleep") or "", pulumi)
    with subprocess.Popen([pulumi, "60"]) as process:
        yield process.pid
        process.kill()


def test_a_state_that_is_whole_passes(state: Backend) -> None:
    state.examine()


@pytest.mark.parametrize("left", [0, 1, 100])
def test_a_state_that_is_cut_off_is_damaged(state: Backend, left: int) -> None:
    state.file.write_bytes(state.file.read_bytes()[:left])
    with pytest.raises(SandboxError, match=rf"{state.file}: the state is damaged \(.*\): {RUNBOOK} says how"):
        state.examine()


def test_a_state_of_anything_is_damaged(state: Backend) -> None:
    state.file.write_bytes(b"\xff\x00" * 99)
    with pytest.raises(SandboxError, match="the state is damaged"):
        state.examine()


def test_a_state_that_is_not_there_is_gone(state: Backend) -> None:
    state.file.unlink()
    with pytest.raises(SandboxError, match=rf"{state.file}: the state is gone: {RUNBOOK} says how"):
        state.examine()


def test_the_runbook_is_there() -> None:
    assert (REPOSITORY / RUNBOOK).is_file()


def test_nothing_is_begun_without_room_for_the_state(state: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(backend.ROOM * 9, backend.ROOM * 8, backend.ROOM - 1))
    with pytest.raises(SandboxError, match=r"less than 64 MiB are free.*: make room on that disk"):
        state.examine()


def test_the_lock_of_a_pulumi_that_runs_stays(state: Backend, lock: Path, at_work: int) -> None:
    lock.write_text(json.dumps({"pid": at_work, "username": "a", "hostname": "b"}))
    with pytest.raises(SandboxError, match=rf"^pulumi \(process {at_work}\) is at work on this state: wait for it"):
        state.unlock()
    assert lock.exists()


@pytest.mark.parametrize("words", ["", "{", "{}", "[]", '{"pid": "many"}'])
def test_a_lock_that_names_nobody_is_forgotten(state: Backend, lock: Path, words: str) -> None:
    lock.write_text(words)
    state.unlock()
    assert not lock.exists()


def test_the_lock_of_a_pulumi_that_was_killed_is_forgotten(state: Backend, lock: Path) -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    lock.write_text(json.dumps({"pid": process.pid}))
    state.unlock()
    assert not lock.exists()


def test_a_number_that_another_program_has_by_now_is_nobodys(state: Backend, lock: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        lock.write_text(json.dumps({"pid": process.pid}))
        state.unlock()
        process.kill()
    assert not lock.exists()


@pytest.mark.parametrize("content", ["", '{"checkpoint": {"latest": nu', '{"checkpoint": {"latest": null}}'])
def test_a_state_that_is_just_being_written_or_made_has_no_notes(state: Backend, content: str) -> None:
    state.file.parent.mkdir(parents=True, exist_ok=True)
    state.file.write_text(content)
    assert state.notes() == []


def test_what_an_update_was_doing_is_read_from_the_file(state: Backend) -> None:
    note = {"type": "creating", "resource": {"urn": "a"}}
    state.file.parent.mkdir(parents=True, exist_ok=True)
    state.file.write_text(json.dumps({"checkpoint": {"latest": {"pending_operations": [note]}}}))
    assert state.notes() == [note]
