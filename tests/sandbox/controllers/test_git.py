"""Repositories, folders and sets of Applications as the simulated Argo CD reads them."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from drills.programs import KUSTOMIZE
from sandbox.controllers import folders
from sandbox.controllers.applicationsets import SetError, _filled, _is_wanted, _parameters
from sandbox.controllers.folders import FolderError
from sandbox.controllers.git import GitError, Repositories
from sandbox.paths import Sandbox
from sandbox.steps import Steps
from sandbox.tools import HELM

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"


def commit(root: Path, **files: str) -> None:
    for path, text in files.items():
        file = root / path.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.with_suffix(".yaml").write_text(text)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    for arguments in (
        ["init", "--quiet", "--initial-branch", "main"],
        ["add", "--all"],
        ["commit", "--quiet", "-m", "x"],
    ):
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(stand_ins=tmp_path / "git", copies=tmp_path / "copies")


def test_a_repository_is_read_at_its_branch_and_stays_as_it_was_at_a_commit(
    tmp_path: Path, repositories: Repositories
) -> None:
    root = tmp_path / "origin"
    root.mkdir()
    commit(root, apps__web__all=CONFIG)
    url = root.as_uri()
    first = repositories.commit(url, "main")
    assert repositories.commit(url, "HEAD") == first
    commit(root, apps__web__all="changed: true\n")
    assert repositories.commit(url, "main") != first
    assert (repositories.folder(url, first) / "apps/web/all.yaml").read_text() == CONFIG


def test_a_folder_of_the_sandbox_stands_for_a_repository_elsewhere(tmp_path: Path, repositories: Repositories) -> None:
    root = tmp_path / "git/github.com/owner/name"
    root.mkdir(parents=True)
    commit(root, apps__web__all=CONFIG)
    for url in ("https://github.com/owner/name", "https://github.com/owner/name.git"):
        assert len(repositories.commit(url, "main")) == 40


def test_what_cannot_be_had_is_said_on_one_line(tmp_path: Path, repositories: Repositories) -> None:
    root = tmp_path / "origin"
    root.mkdir()
    commit(root, a=CONFIG)
    with pytest.raises(GitError, match="unable to resolve 'gone' to a commit SHA"):
        repositories.commit(root.as_uri(), "gone")
    with pytest.raises(GitError) as caught:
        repositories.commit((tmp_path / "nowhere").as_uri(), "main")
    assert "\n" not in str(caught.value)


def test_plain_manifests_are_the_objects_of_a_folders_files(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web/one.yaml").write_text(f"{CONFIG}---\n")
    (tmp_path / "web/two.json").write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    (tmp_path / "web/README.md").write_text("no manifest")
    (found,) = folders.render(tmp_path, "web", name="x", namespace="y")
    assert found["metadata"] == {"name": "settings"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("apiVersion: v1\nkind: [\nmetadata: {}\n", 'Failed to unmarshal "all.yaml"'),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "needs apiVersion, kind and metadata.name"),
    ],
)
def test_a_manifest_that_is_none_is_named(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "all.yaml").write_text(text)
    with pytest.raises(FolderError, match=problem):
        folders.render(tmp_path, ".", name="x", namespace="y")


@pytest.mark.parametrize("text", ["apiVersion: [", "kind: ConfigMap\n", "text", "values: 1\n"])
def test_what_does_not_even_look_like_a_manifest_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / "values.yaml").write_text(text)
    assert folders.render(tmp_path, ".", name="x", namespace="y") == []


def test_two_controllers_may_want_the_same_commit_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = Sandbox(root=tmp_path)
    own = tmp_path / "git" / "example.org" / "apps"
    own.mkdir(parents=True)
    commit(own, settings=CONFIG)
    url, inside, most = "https://example.org/apps", [0], [0]
    git = Repositories._git

    def counted(*arguments: str) -> str:
        inside[0] += arguments[0] != "ls-remote"
        most[0] = max(most[0], inside[0])
        time.sleep(0.05)
        try:
            return git(*arguments)
        finally:
            inside[0] -= arguments[0] != "ls-remote"

    monkeypatch.setattr(Repositories, "_git", staticmethod(counted))
    wanted = Repositories.of(sandbox).commit(url, "main")
    with ThreadPoolExecutor(2) as beside:
        found = list(beside.map(lambda each: each.folder(url, wanted), [Repositories.of(sandbox) for _ in range(2)]))
    assert most == [1]
    assert found[0] == found[1]
    assert (found[0] / "settings.yaml").read_text() == CONFIG


@pytest.mark.parametrize("path", ["gone", "../outside"])
def test_a_folder_that_is_not_there_is_named(tmp_path: Path, path: str) -> None:
    (tmp_path.parent / "outside").mkdir(exist_ok=True)
    with pytest.raises(FolderError, match="app path does not exist"):
        folders.render(tmp_path, path, name="x", namespace="y")


@pytest.mark.parametrize(
    ("file", "kind"), [("Chart.yaml", "Helm"), ("kustomization.yaml", "Kustomize"), ("web.yaml", "Directory")]
)
def test_a_folder_is_told_by_the_file_that_it_has(tmp_path: Path, file: str, kind: str) -> None:
    (tmp_path / file).touch()
    assert folders.source_type(tmp_path) == kind


def test_a_program_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kustomization.yaml").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOMELAB_SANDBOX_CACHE", str(tmp_path))
    with pytest.raises(FolderError, match="the sandbox has no program kustomize"):
        folders.render(tmp_path, ".", name="x", namespace="y")


@pytest.fixture(scope="module")
def renderers() -> None:
    """Helm and kustomize, built if they are missing."""
    for program in (HELM, KUSTOMIZE):
        program.ensure(Steps(Console(quiet=True)))


@pytest.mark.usefixtures("renderers")
def test_a_chart_is_rendered_under_the_applications_name(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.0.0\n")
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata: {in: {{ .Release.Namespace }}}\n"
    )
    (tmp_path / "templates" / "settings.yaml").write_text(config)
    (made,) = folders.render(tmp_path, ".", name="apps-web", namespace="apps-of-web")
    assert (made["metadata"]["name"], made["data"]) == ("apps-web", {"in": "apps-of-web"})
    (tmp_path / "templates" / "settings.yaml").write_text("{{ fail `a colour is needed` }}")
    with pytest.raises(FolderError, match=r"`helm template` failed: .*a colour is needed"):
        folders.render(tmp_path, ".", name="apps-web", namespace="apps-of-web")


@pytest.mark.usefixtures("renderers")
def test_a_kustomization_is_built(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text(CONFIG)
    (tmp_path / "kustomization.yaml").write_text("namePrefix: our-\nresources: [settings.yaml]\n")
    (made,) = folders.render(tmp_path, ".", name="apps-web", namespace="apps-web")
    assert made["metadata"]["name"] == "our-settings"
    (tmp_path / "kustomization.yaml").write_text("resources: [gone.yaml]\n")
    with pytest.raises(FolderError, match=r"`kustomize build` failed: .*gone\.yaml"):
        folders.render(tmp_path, ".", name="apps-web", namespace="apps-web")


def test_patterns_end_at_a_slash_and_exceptions_go_before() -> None:
    wanted: list[Any] = [{"path": "apps/*"}, {"path": "apps/old-*", "exclude": True}]
    paths = ["apps", "apps/web", "apps/web/more", "apps/old-web", "other/web"]
    assert [path for path in paths if _is_wanted(path, wanted)] == ["apps/web"]


def test_a_template_is_filled_with_what_is_known_of_a_folder() -> None:
    parameters = _parameters("apps/My_App")
    assert _filled({"a": ["{{.path.path}}", "x-{{ .path.basenameNormalized }}"], "b": 1}, parameters) == {
        "a": ["apps/My_App", "x-my-app"],
        "b": 1,
    }
    with pytest.raises(SetError, match=r"failed to execute go template \{\{\.number\}\}"):
        _filled("{{.number}}", parameters)
