"""What a killed engine leaves beside the file of a state."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from recovery import folder, recover
from tests.recovery.conftest import FakePulumi, Shelves


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state's file, and what stands beside it."""
    file = tmp_path / ".pulumi" / "stacks" / "homelab" / "homelab.json"
    file.parent.mkdir(parents=True)
    file.write_text("{}")
    file.with_name("homelab.json.attrs").write_text('{"user.content_type": "application/json"}')
    return file


@pytest.mark.parametrize("content", ["", '{"user.con'])
def test_what_was_cut_off_goes_and_the_file_stays(state: Path, tmp_path: Path, content: str) -> None:
    sidecar = state.with_name("homelab.json.attrs")
    sidecar.write_text(content)
    assert folder.mend(tmp_path) == [sidecar]
    assert not sidecar.exists()
    assert state.read_text() == "{}"


def test_what_is_whole_stays(state: Path, tmp_path: Path) -> None:
    assert folder.mend(tmp_path) == []
    assert state.with_name("homelab.json.attrs").exists()


def test_a_folder_without_a_state_has_nothing_to_mend(tmp_path: Path) -> None:
    assert folder.mend(tmp_path) == []


def test_what_was_taken_away_is_said(state: Path, tmp_path: Path, pulumi: FakePulumi, shelves: Shelves) -> None:
    sidecar = state.with_name("homelab.json.attrs")
    sidecar.write_text("")
    texts = []
    for _ in range(2):
        out = StringIO()
        recover(pulumi, shelves, folders=[tmp_path]).show(Console(file=out, width=40))
        texts.append(out.getvalue())
    assert texts == [f"{sidecar}, cut off while it was written: taken away\n", "No operation was interrupted.\n"]
