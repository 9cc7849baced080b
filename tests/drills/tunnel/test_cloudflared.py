"""How the real cloudflared is asked, with a stand-in for the program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drills.errors import DrillError
from drills.tunnel.cloudflared import Cloudflared, written
from drills.tunnel.configurations import LAST


def cloudflared(folder: Path, script: str) -> Cloudflared:
    program = folder / "cloudflared"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    return Cloudflared(program=program, folder=folder)


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo Validating; echo OK", ""),
        ("echo 'Validation failed: no rules' >&2; exit 1", "Validation failed: no rules"),
        ("echo Warning: unused keys; echo '  line 1: audTags'", "line 1: audTags"),
        ("exit 3", "it ended with 3"),
        ("echo OK; exit 1", "OK"),
    ],
)
def test_only_a_clean_yes_is_one(tmp_path: Path, script: str, problem: str) -> None:
    assert cloudflared(tmp_path, script).problem([LAST]).strip() == problem


def test_the_rule_that_it_names(tmp_path: Path) -> None:
    asked = cloudflared(tmp_path, 'echo "$@" > asked; echo "Matched rule #2"; echo "  service: http://a"')
    assert asked.rule_for([LAST], "a.example.org", "/b") == 2
    assert (tmp_path / "asked").read_text().split()[-2:] == ["rule", "https://a.example.org/b"]
    assert json.loads((tmp_path / "config.yml").read_text())["ingress"] == [LAST]


def test_no_rule_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(DrillError, match="no such file"):
        cloudflared(tmp_path, "echo no such file >&2; exit 1").rule_for([LAST], "a", "/")


def test_a_rule_is_written_in_cloudflareds_own_words() -> None:
    access = {"required": True, "teamName": "t", "audTags": ["a"]}
    rule = {"hostname": "h", "service": "s", "originRequest": {"access": access, "noTlsVerify": True, "tlsTimeout": 10}}
    assert written(rule)["originRequest"] == {
        "access": {"required": True, "teamName": "t", "audTag": ["a"]},
        "noTLSVerify": True,
        "tlsTimeout": "10s",
    }
