"""What importing the components does: load little, and register nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
PROGRAM = """
import importlib, json, pkgutil, sys
import pulumi

registered = []
pulumi.Resource.__init__ = lambda self, *args, **kwargs: registered.append(type(self).__name__)

import components
names = [info.name for info in pkgutil.walk_packages(components.__path__, "components.")]
for name in names:
    importlib.import_module(name)
print(json.dumps({"modules": names, "registered": registered, "loaded": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def imported() -> dict[str, Any]:
    """What a fresh interpreter says after it imported every module of the components."""
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_importing_registers_nothing(imported: dict[str, Any]) -> None:
    assert len(imported["modules"]) > 40
    assert imported["registered"] == []


def test_of_cloudflares_sdk_a_handful_of_modules_is_loaded(imported: dict[str, Any]) -> None:
    loaded = [name for name in imported["loaded"] if name.startswith("pulumi_cloudflare.")]
    assert 0 < len(loaded) < 15, loaded


def test_of_grafanas_builders_those_of_three_kinds_of_panel_are_loaded(imported: dict[str, Any]) -> None:
    loaded = [name for name in imported["loaded"] if name.startswith("grafana_foundation_sdk.builders.")]
    assert 0 < len(loaded) < 10, loaded


def test_the_sandbox_is_none_of_the_programs_business(imported: dict[str, Any]) -> None:
    assert not any(name.split(".")[0] in {"sandbox", "tests", "pytest"} for name in imported["loaded"])
