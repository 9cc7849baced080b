from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from doctor import __main__ as command
from doctor import examination
from doctor.check import CHECKS, Reference
from doctor.errors import DoctorError
from doctor.report import Report, show
from doctor.snapshot import KINDS

GOOD = Reference("Ingress a/b", "Service a/b:80")
BAD = Reference("Ingress a/c", "Service a/c:80", "there is no such Service [x]", "deploy it")
EXPORT = '{"deployment": {"resources": []}}'
UNREACHABLE = """
current-context: here
contexts: [{name: here, context: {cluster: here, user: here}}]
clusters: [{name: here, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: here, user: {token: none}}]
"""


def shown(report: Report) -> str:
    out = io.StringIO()
    show(report, Console(file=out, width=120))
    return out.getvalue()


def test_each_broken_reference_has_a_line() -> None:
    text = shown(Report(results={"route -> Service": [GOOD, BAD], "unused": []}))
    assert "✗ route -> Service: Ingress a/c -> Service a/c:80: there is no such Service [x]: deploy it\n" in text
    assert "2 references: 1 broken." in text


def test_a_check_that_found_nothing_is_not_called_good() -> None:
    line = next(
        line for line in shown(Report(results={"unused": [], "route": [GOOD]})).splitlines() if "unused" in line
    )
    assert line.split() == ["unused", "0", "-"]


def test_a_cluster_without_any_reference_is_not_healthy() -> None:
    report = Report(results={"unused": []})
    assert not report.healthy
    assert "is this the right cluster" in shown(report)


def test_the_report_for_machines() -> None:
    assert Report(results={"route -> Service": [GOOD, BAD]}).data() == {
        "healthy": False,
        "checks": [
            {
                "name": "route -> Service",
                "references": 2,
                "broken": [
                    {
                        "subject": BAD.subject,
                        "target": BAD.target,
                        "fault": BAD.fault,
                        "advice": BAD.advice,
                        "problem": BAD.problem,
                    }
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("", "is no kubeconfig"),
        ("[", "is no kubeconfig"),
        ("{current-context: here, contexts: []}", "no context 'here'"),
        (UNREACHABLE, "cannot be read"),
    ],
)
def test_a_cluster_that_cannot_be_read_is_one_line(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "kubeconfig"
    if text is not None:
        file.write_text(text)
    with pytest.raises(DoctorError, match=said) as error:
        examination.run(file, None, {})
    assert "\n" not in str(error.value)


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, report: Report, *arguments: str) -> int:
    export = tmp_path / "export.json"
    export.write_text(EXPORT)
    monkeypatch.setattr(command, "run", lambda *_: report)
    return command.main(["--export", str(export), *arguments])


def test_exit_codes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, monkeypatch, Report(results={"route": [GOOD]})) == 0
    assert run(tmp_path, monkeypatch, Report(results={"route": [BAD]})) == 1
    assert run(tmp_path, monkeypatch, Report(results={"route": []})) == 1
    capsys.readouterr()
    assert run(tmp_path, monkeypatch, Report(results={"route": [GOOD]}), "--json") == 0
    assert capsys.readouterr().out.startswith("{")


def test_help_says_what_it_checks_and_what_it_has_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--help"])
    text = capsys.readouterr().out
    assert all(check.name in text for check in CHECKS)
    assert all(kind in text for _, kind in KINDS)
    assert "pulumi stack export" in text
    assert "exit codes: 0" in text


def test_it_does_not_wait_for_somebody_to_type_a_state(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert command.main([]) == command.UNREADABLE
    assert "pipe it in, or give --export" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_what_is_no_export_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "export.json"
    file.write_text(text)
    assert command.main(["--export", str(file)]) == command.UNREADABLE
    assert "expected the answer of `pulumi stack export`" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("it is gone",), ("", "make it anew")])
def test_a_fault_comes_with_an_advice(words: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="a fault and an advice"):
        Reference("Ingress a/c", "Service a/c:80", *words)
