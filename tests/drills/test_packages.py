"""What a drill needs of the system is installed if it may, and named if not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from rich.console import Console

from drills import packages
from sandbox.errors import SandboxError
from sandbox.steps import Steps

NEEDED = {"no-such-program": "its-package"}


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What an apt-get is asked that can install only after an update; the way that `sh` takes comes after it."""
    folder, log, updated = tmp_path / "bin", tmp_path / "log", tmp_path / "updated"
    folder.mkdir()
    script = folder / "apt-get"
    script.write_text(f"""#!/bin/sh
echo "$RUNLEVEL $@" >> {log}
[ "$1" = update ] && touch {updated} && exit 0
[ -e {updated} ] || exit 100
printf '#!/bin/sh\\n' > {folder}/no-such-program && chmod +x {folder}/no-such-program
""")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return log


def steps() -> Steps:
    return Steps(Console(quiet=True))


def test_root_gets_what_is_missing_and_no_service_with_it(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    found = packages.ensure(NEEDED, steps())
    assert found["no-such-program"].parent == log.parent / "bin"
    asked = log.read_text().splitlines()
    assert all(line.startswith("1 ") for line in asked)
    assert [line.split()[1] for line in asked] == ["install", "update", "install"]
    assert all("its-package" in line for line in asked if "install" in line.split())
    assert packages.ensure(NEEDED, steps()) == found
    assert log.read_text().splitlines() == asked


def test_others_are_told_what_is_missing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError, match="`apt-get install its-package`"):
        packages.ensure({**NEEDED, "sh": "dash"}, steps())
    assert not log.exists()
