"""The wiring check and the policy's command start fast, and with the program's own packages alone."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
OWN = {"components", "doctor", "policy"}
LOADED = """
import sys
before = set(sys.modules)
import {module}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""


def loaded_by(module: str) -> set[str]:
    """The top-level names that importing a module loads in a fresh interpreter, but for the standard library's."""
    command = [sys.executable, "-c", LOADED.format(module=module)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60)
    return set(done.stdout.split()) - sys.stdlib_module_names


def required() -> set[str]:
    """The distributions that `pip install -r requirements.txt` brings."""
    lines = (REPOSITORY / "requirements.txt").read_text().splitlines()
    pending = [line.partition("==")[0] for line in lines if "==" in line]
    found: set[str] = set()
    while pending:
        name = normal(pending.pop())
        if name not in found:
            found.add(name)
            pending += [re.split(r"[^\w.-]", text, maxsplit=1)[0] for text in needs_of(name) if "extra ==" not in text]
    return found


def needs_of(name: str) -> list[str]:
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # for another platform or Python
        return []


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("module", ["doctor.__main__", "policy.command"])
def test_it_needs_no_more_than_the_program(module: str) -> None:
    homes = metadata.packages_distributions()
    strangers = {
        name
        for name in loaded_by(module) - OWN
        if name in homes and not required().intersection(map(normal, homes[name]))
    }
    assert strangers == set()


@pytest.mark.parametrize("module", ["doctor.__main__", "policy.command"])
def test_no_sdk_is_loaded(module: str) -> None:
    loaded = loaded_by(module)
    assert not {name for name in loaded if name.startswith(("pulumi", "grpc", "pydantic"))}
    assert not loaded & {"sandbox", "tests", "pytest"}


def test_the_client_of_the_sandbox_loads_no_check() -> None:
    assert "rich" not in loaded_by("doctor.kube")
