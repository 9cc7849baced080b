"""What the drill of backups compares."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from drills.backups import trees
from drills.backups.pods import Container

SIZE = 1_000_000


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    trees.make(tmp_path / "tree", SIZE)
    return tmp_path / "tree"


def test_a_copy_is_as_it_was(tree: Path, tmp_path: Path) -> None:
    wanted = trees.description(tree)
    assert trees.compared(wanted, trees.description(tree)) == f"{len(wanted)} paths as they were"
    shutil.copytree(tree, tmp_path / "copy", symlinks=True)
    # A copy of two names of one file is two files.
    assert "same file" in trees.compared(wanted, trees.description(tmp_path / "copy"))


def test_whatever_is_spoiled_is_seen(tree: Path) -> None:
    wanted = trees.description(tree)
    trees.spoil(tree)
    got = trees.description(tree)
    assert {name for name in wanted if wanted[name] != got.get(name)} >= {"large", "link", "deep/plain.txt", "deep/er"}
    assert "as they were" not in trees.compared(wanted, got)


def test_a_name_and_a_content_are_found(tree: Path, tmp_path: Path) -> None:
    assert trees.holds(tree, trees.MARKER)
    (tmp_path / "empty").mkdir()
    assert not trees.holds(tmp_path / "empty", trees.MARKER)


def test_a_containers_paths_and_addresses_become_ours(tmp_path: Path) -> None:
    container = Container(
        words=[],
        environment={},
        folders={"/export": tmp_path},
        programs=tmp_path,
        addresses={"198.51.100.7:9000": "127.0.0.1:1"},
    )
    assert container.here("/export") == str(tmp_path)
    assert container.here("--exclude=/export/media") == f"--exclude={tmp_path}/media"
    assert container.here("/exported") == "/exported"
    assert container.here("s3:http://198.51.100.7:9000/bucket") == "s3:http://127.0.0.1:1/bucket"
