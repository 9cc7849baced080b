"""What the repository pins, read where it stands: `tools/*/go.mod` and `requirements.txt`."""

from __future__ import annotations

import re
from typing import Final

from sandbox.errors import SandboxError
from sandbox.paths import REPOSITORY

TOOLS: Final = REPOSITORY / "tools"
"""A folder for each program that is built, with the `go.mod` that pins it."""
REQUIREMENTS: Final = REPOSITORY / "requirements.txt"


def go_module(tool: str, path: str) -> str:
    """The version at which `tools/<tool>` has the module `path`, as in v1.34.2."""
    text = (TOOLS / tool / "go.mod").read_text()
    return _found(rf"^(?:require\s+|\s+){re.escape(path)} (v\S+)", text, f"tools/{tool}/go.mod: requires no {path}")


def go() -> str:
    """The oldest Go that builds every tool, as in 1.26.0."""
    files = sorted(TOOLS.glob("*/go.mod"))
    needed = [_found(r"^go (\S+)$", file.read_text(), f"{file}: names no version of Go") for file in files]
    return max(needed, key=numbers)


def python_package(name: str) -> str:
    """The version of one of the program's own packages, as in 3.250.0."""
    return _found(rf"^{re.escape(name)}==(\S+)$", REQUIREMENTS.read_text(), f"requirements.txt: pins no {name}")


def numbers(text: str) -> tuple[int, ...]:
    """The first version in a text, part by part, to be compared; empty if there is none."""
    found = re.search(r"\d+(\.\d+)+", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def _found(pattern: str, text: str, otherwise: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise SandboxError(otherwise)
    return match[1]
