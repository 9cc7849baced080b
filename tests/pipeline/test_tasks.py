"""The targets with a stand-in for `pulumi`: what is written where, and what the exit code says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from pipeline import __main__, engine, tasks
from pipeline.engine import KUBECONFIG
from sandbox import tools
from sandbox.paths import ENV

DELETED = {"op": "delete", "urn": "urn:pulumi:s::p::kubernetes:core/v1:Namespace::navidrome"}
TEXT = "apiVersion: v1\n"


class Kept:
    """What would have been written to GitHub."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def keep_comment(self, *arguments: Any) -> None:
        self.calls.append(("comment", *arguments))

    def keep_issue(self, *arguments: Any) -> None:
        self.calls.append(("issue", *arguments))

    def close_issue(self, *arguments: Any) -> None:
        self.calls.append(("close", *arguments))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Kept:
    kept = Kept()
    monkeypatch.setattr(tasks, "_repository", lambda: kept)
    return kept


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder with a `pulumi` that notes how it is called and prints what `answer.json` says."""
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(
        "#!/bin/sh\n"
        f'echo "$@" > {tmp_path}/arguments\n'
        f'echo "$HOME" > {tmp_path}/home; echo "${{KUBECONFIG-unset}}" > {tmp_path}/variable\n'
        f'cat "$HOME/.kube/config" > {tmp_path}/kubeconfig 2>/dev/null\n'
        f"cat {tmp_path}/answer.json; exit $(cat {tmp_path}/code)\n"
    )
    pulumi.chmod(0o755)
    (tmp_path / "code").write_text("0")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv(ENV, str(tmp_path))
    monkeypatch.setenv("PULUMI_STACK", "homelab")
    for name in ("PULL_REQUEST", "GITHUB_REPOSITORY", "GITHUB_STEP_SUMMARY", "GITHUB_TOKEN", KUBECONFIG):
        monkeypatch.delenv(name, raising=False)
    answer(tmp_path)
    return tmp_path


def answer(folder: Path, *steps: dict[str, Any], errors: tuple[str, ...] = ()) -> None:
    told = [{"severity": "error", "message": f"error: {error}"} for error in errors]
    (folder / "answer.json").write_text(json.dumps({"steps": steps, "diagnostics": told, "changeSummary": {"same": 2}}))
    (folder / "code").write_text("1" if errors else "0")


def test_the_preview_becomes_a_comment(folder: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(folder, DELETED)
    monkeypatch.setenv("PULL_REQUEST", "12")
    assert tasks.preview_comment() == 0
    ((what, number, marker, text),) = kept.calls
    assert (what, number, marker) == ("comment", 12, tasks.MARKER)
    assert "Namespace navidrome" in text
    assert (folder / "arguments").read_text().split() == ["preview", "--json", "--stack", "homelab"]


def test_a_failed_preview_is_a_comment_too_and_fails(folder: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(folder, errors=("no such zone",))
    monkeypatch.setenv("PULL_REQUEST", "12")
    assert tasks.preview_comment() == 1
    assert "no such zone" in kept.calls[0][-1]


def test_without_a_pull_request_it_goes_to_the_summary_or_the_terminal(
    folder: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tasks.preview_comment() == 0
    assert "Nothing changes" in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary"))
    assert tasks.preview_comment() == 0
    assert "Nothing changes" in (folder / "summary").read_text()
    assert kept.calls == []


@pytest.mark.parametrize(("steps", "expected"), [((DELETED,), "issue"), ((), "close")])
def test_drift_is_an_issue_and_no_drift_closes_it(
    folder: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch, steps: tuple[dict[str, Any], ...], expected: str
) -> None:
    answer(folder, *steps, errors=("no changes were expected but changes were proposed",) if steps else ())
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/homelab")
    assert tasks.drift_issue() == 0
    assert [call[:2] for call in kept.calls] == [(expected, tasks.DRIFT_TITLE)]
    assert "--refresh --expect-no-changes" in (folder / "arguments").read_text()


@pytest.mark.parametrize("stack", ["cottage", "somebody/homelab/cottage"])
def test_another_home_of_the_repository_has_a_comment_and_an_issue_of_its_own(
    folder: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch, stack: str
) -> None:
    answer(folder, DELETED)
    monkeypatch.setenv("PULUMI_STACK", stack)
    monkeypatch.setenv("PULL_REQUEST", "12")
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/homelab")
    tasks.preview_comment()
    tasks.drift_issue()
    (_, _, marker, _), (_, title, _) = kept.calls
    assert (marker, title) == (f"{tasks.MARKER}: cottage", f"{tasks.DRIFT_TITLE}: cottage")
    assert "`cottage`" in kept.calls[0][-1] or stack in kept.calls[0][-1]


def test_a_check_that_fails_says_nothing_of_drift(folder: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(folder, errors=("the cluster does not answer",))
    monkeypatch.setenv("GITHUB_REPOSITORY", "me/homelab")
    assert __main__.main(["drift-issue"]) == 1
    assert kept.calls == []


def test_on_a_workstation_drift_is_printed_and_is_the_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tasks.drift_issue() == 0
    answer(folder, DELETED)
    assert tasks.drift_issue() == 1
    assert "Namespace navidrome" in capsys.readouterr().out


def test_a_kubeconfig_in_the_environment_is_where_clients_look_and_is_gone_afterwards(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KUBECONFIG, TEXT)
    monkeypatch.setenv("KUBECONFIG", "/elsewhere")
    assert tasks.preview_comment() == 0
    assert (folder / "kubeconfig").read_text() == TEXT
    assert (folder / "variable").read_text().strip() == "unset"
    assert not Path((folder / "home").read_text().strip()).exists()


def test_an_update_ends_as_pulumi_ends(folder: Path) -> None:
    assert tasks.deploy() == 0
    answer(folder, errors=("refused",))
    assert tasks.deploy() == 1
    assert (folder / "arguments").read_text().split()[:2] == ["up", "--yes"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("PULUMI_STACK=", "PULUMI_STACK: not set; expected the name of the stack"),
        ("PULL_REQUEST=twelve", "PULL_REQUEST: 'twelve' is no number"),
        ("PULL_REQUEST=12", "GITHUB_REPOSITORY: not set"),
    ],
)
def test_what_is_missing_is_one_line(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    given: str,
    expected: str,
) -> None:
    assert folder.exists()
    name, _, value = given.partition("=")
    monkeypatch.setenv(name, value)
    assert __main__.main(["preview-comment"]) == 1
    assert capsys.readouterr().err.startswith(f"error: {expected}")


def test_outside_a_sandbox_the_engine_is_not_whatever_is_called_pulumi(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(ENV)
    monkeypatch.setattr(tools, "engine", lambda _steps: folder / "other")
    with engine.opened() as opened:
        assert opened.pulumi == folder / "other"
