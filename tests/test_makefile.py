"""The Makefile's help: every target that people call is explained, in a group."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

MAKEFILE = Path(__file__).parent.parent / "Makefile"


def helped() -> str:
    return subprocess.run(["make"], cwd=MAKEFILE.parent, check=True, capture_output=True, text=True).stdout


def test_every_target_is_explained() -> None:
    targets = re.findall(r"^\.PHONY: (\S+)$", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert targets
    assert [target for target in targets if f"  make {target} " not in helped()] == []


def test_targets_are_in_groups() -> None:
    groups = re.findall(r"^##@ (.+)$", MAKEFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(groups) > 1
    assert all(f"\n\n{group}\n  make " in helped() for group in groups)
