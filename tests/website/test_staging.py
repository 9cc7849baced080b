"""What the site is made of. That pages come of it, and how they look in a browser: tests/engine/test_site.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from website import staging


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    files = {
        "README.md": "# Home\n\n[guide](docs/guide.md) [code](src/code.py) [folder](src) [all](docs) [none](gone.py)\n",
        "docs/guide.md": "# Guide\n\n[up](../README.md#home) [notes](../notes/README.md) [out](../../etc/passwd)\n",
        "docs/runbooks/README.md": "# Runbooks\n",
        "docs/runbooks/a.md": "# A\n",
        "docs/new-folder/page.md": "# Page\n",
        "notes/README.md": "# Notes\n\n[data](data.yaml)\n",
        "notes/data.yaml": "text: '```'\n",
        "src/code.py": "print(1)\n",
        "src/.hidden": "",
        "src/unlinked.py": "",
    }
    for name, text in files.items():
        file = tmp_path / "repository" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path / "repository"


@pytest.fixture
def staged(repository: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "staged"
    staging.stage(repository, folder)
    return folder


def test_documents_keep_their_place_and_their_text(repository: Path, staged: Path) -> None:
    for file in (repository / "docs").rglob("*.md"):
        assert (staged / file.relative_to(repository)).read_text() == file.read_text()


def test_linked_files_and_folders_are_pages_whoever_links_to_them(staged: Path) -> None:
    assert "print(1)" in (staged / "source/src/code.py.md").read_text()
    assert "`unlinked.py`" in (staged / "source/src.md").read_text()
    assert "hidden" not in (staged / "source/src.md").read_text()
    assert (staged / "notes/README.md").exists()
    assert "````yaml\ntext: '```'" in (staged / "source/notes/data.yaml.md").read_text()
    assert not (staged / "source/src/unlinked.py.md").exists()


def test_nothing_from_outside_the_repository_is_taken(staged: Path) -> None:
    assert not [file for file in staged.rglob("*") if "passwd" in file.name]


def test_every_page_is_in_the_contents(staged: Path) -> None:
    contents = (staged / "README.md").read_text().split("```{toctree}", 1)[1]
    for page in staged.rglob("*.md"):
        if page != staged / "README.md":
            assert f"\n/{page.relative_to(staged).as_posix().removesuffix('.md')}\n" in contents, page


def test_folders_have_headings_and_begin_with_their_readme(staged: Path) -> None:
    contents = (staged / "README.md").read_text()
    assert ":caption: New folder" in contents
    assert contents.index("/docs/runbooks/README\n") < contents.index("/docs/runbooks/a\n")
    assert contents.index(":caption: Guides") < contents.index(":caption: Runbooks")


def test_a_folder_that_is_gone_leaves_nothing_behind(repository: Path, tmp_path: Path) -> None:
    folder = tmp_path / "again"
    staging.stage(repository, folder)
    (repository / "docs/runbooks/a.md").unlink()
    staging.stage(repository, folder)
    assert not (folder / "docs/runbooks/a.md").exists()
