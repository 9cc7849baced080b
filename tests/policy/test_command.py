"""`python -m policy` over the state of a stack."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.vocabulary import UNVERIFIED_TLS_REASON
from policy import command
from policy.rules import RULES
from policy.stack import declared
from tests.support.judging import thing, workload

REPOSITORY = Path(__file__).parents[2]
CERTIFICATE = thing("Certificate", spec={"dnsNames": ["*.example.org", "example.org"]})
EXEMPT = {"homelab/exempt-no-open-ports": "a device at home calls it"}


def resource(obj: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"urn": "urn", "type": f"kubernetes:x/v1:{obj['kind']}", "custom": True, "inputs": obj, **fields}


def export(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"deployment": {"resources": list(resources)}}


def run(tmp_path: Path, *resources: dict[str, Any]) -> int:
    file = tmp_path / "export.json"
    file.write_text(json.dumps(export(*resources)))
    return command.main(["--export", str(file)])


def test_a_stack_is_read_with_its_options_and_zones() -> None:
    found = declared(export(resource(CERTIFICATE), resource(workload(), protect=True)))
    assert [item.context.protect for item in found] == [False, True]
    assert {item.context.zones for item in found} == {frozenset({"example.org"})}


def test_only_kubernetes_objects_are_judged() -> None:
    release = {"type": "kubernetes:helm.sh/v3:Release", "custom": True, "inputs": {"name": "argocd"}}
    component = {"type": "kubernetes:x:Y", "custom": False, "inputs": {"kind": "Service"}}
    account = {"type": "authentik:index/group:Group", "custom": True, "inputs": {"kind": "Service"}}
    replaced = resource(workload(), delete=True)
    assert declared(export(release, component, account, replaced)) == []
    assert declared({"deployment": None}) == []


def test_a_good_stack_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, resource(workload())) == 0
    assert f"1 objects, {len(RULES)} rules: every rule is kept." in capsys.readouterr().out


def test_a_violation_is_a_line_and_an_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, resource(thing("Service", spec={"type": "NodePort"}))) == 1
    assert "✗ no-open-ports: Service apps/thing: it is a NodePort" in capsys.readouterr().out


def test_an_exception_is_listed_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    assert run(tmp_path, resource(thing("Service", annotations=EXEMPT, spec={"type": "NodePort"}))) == 0
    lines = capsys.readouterr().out.splitlines()
    (reason,) = (number for number, line in enumerate(lines) if "a device at home calls it" in line)
    assert lines[reason - 1].split() == ["no-open-ports:", "Service", "apps/thing"]


def test_each_host_without_verified_tls_is_listed_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reasons = {UNVERIFIED_TLS_REASON: "nas.example.org: it signs itself\ntv.example.org: it is old"}
    run(tmp_path, resource(thing("Namespace", annotations=reasons)))
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    for reason in reasons[UNVERIFIED_TLS_REASON].splitlines():
        assert lines[lines.index(reason) - 1].startswith("verified TLS: Namespace ")


def test_an_empty_stack_has_shown_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 1
    assert "is this the right stack?" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "[]", "{}", "{"])
def test_what_is_no_export_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    file = tmp_path / "export.json"
    file.write_text(text)
    assert command.main(["--export", str(file)]) == command.UNREADABLE
    assert "expected the answer of `pulumi stack export`" in capsys.readouterr().err


def test_the_package_is_the_command() -> None:
    text = json.dumps(export(resource(workload())))
    done = subprocess.run(
        [sys.executable, "-m", "policy"], cwd=REPOSITORY, input=text, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "every rule is kept" in done.stdout
