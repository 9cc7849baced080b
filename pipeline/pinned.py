"""Everything that this repository pins, read where it stands: what Renovate has to find."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components import versions

REQUIREMENT: Final = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)", re.MULTILINE)
REQUIRED: Final = re.compile(r"^(?:require\s+|\s+)(\S+) (v\S+)(?P<indirect>\s*// indirect)?$", re.MULTILINE)
EXCLUDED: Final = re.compile(r"^exclude (?:\(\n(?:\s.*\n)*\)|\S.*)$", re.MULTILINE)
REPLACED: Final = re.compile(r"=> (\S+) (v\S+)$", re.MULTILINE)
COMMIT: Final = re.compile(r"[-.]\d{14}-([0-9a-f]{12})(?:\+incompatible)?$")
TOOL: Final = re.compile(r"^(?:tool\s+|\s+)([^\s()]+)$", re.MULTILINE)
GO: Final = re.compile(r"^go (\S+)$", re.MULTILINE)
USES: Final = re.compile(r"^\s*(?:- )?uses: *([^\s@./][^\s@]*)@(\S+)(?: +# +(\S+))?$", re.MULTILINE)
RUNNER: Final = re.compile(r"^\s*runs-on: *([a-z]+)-(\S+)$", re.MULTILINE)
PYTHON: Final = re.compile(r"^\s*python-version: *\"?([\d.]+)\"?$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, order=True)
class Pin:
    """One version of one thing in one file."""

    file: str
    """Path in the repository."""
    name: str
    value: str
    """The version; for a commit or an image with a digest, the version that it is said to be."""
    datasource: str
    """Where Renovate looks for newer ones, in its own words."""
    digest: str = ""
    registry: str = ""
    """Address of a chart's repository, without a slash at its end."""


def of(repository: Path) -> list[Pin]:
    """Every pin of the checkout, as often as it is there; those of the charts and images as this program has them."""
    return sorted(
        [
            *_versions(),
            *_requirements(repository),
            *_go_modules(repository),
            *_packages(repository),
            *_workflows(repository),
        ]
    )


def _versions() -> Iterator[Pin]:
    file = "components/versions.py"
    for pin in versions.pins().values():
        if isinstance(pin, versions.Chart):
            yield Pin(file=file, name=pin.name, value=pin.version, datasource="helm", registry=pin.repository)
        else:
            yield Pin(file=file, name=pin.repository, value=pin.tag, datasource="docker", digest=pin.digest or "")


def _requirements(repository: Path) -> Iterator[Pin]:
    for file, text in _files(repository, "requirements*.txt"):
        for name, version in REQUIREMENT.findall(text):
            yield Pin(file=file, name=name, value=version, datasource="pypi")


def _go_modules(repository: Path) -> Iterator[Pin]:
    """What was chosen, and not what it brings along: direct requirements, modules of tools, replacements, and Go."""
    for file, whole in _files(repository, "tools/*/go.mod"):
        text = EXCLUDED.sub("", whole)
        tools = TOOL.findall(text)
        for match in REQUIRED.finditer(text):
            path, version = match[1], match[2]
            if not match["indirect"] or any(f"{tool}/".startswith(f"{path}/") for tool in tools):
                yield Pin(file=file, name=path, value=version, datasource="go", digest=_commit(version))
        for path, version in REPLACED.findall(text):
            yield Pin(file=file, name=path, value=version, datasource="go", digest=_commit(version))
        for version in GO.findall(text):
            yield Pin(file=file, name="go", value=version, datasource="golang-version")


def _commit(version: str) -> str:
    """The commit that a version between releases names, as in v1.2.1-0.20241001131231-d02d263e614e."""
    found = COMMIT.search(version)
    return found[1] if found else ""


def _packages(repository: Path) -> Iterator[Pin]:
    for file, text in _files(repository, "tools/*/package.json"):
        for name, version in json.loads(text)["dependencies"].items():
            yield Pin(file=file, name=name, value=version, datasource="npm")


def _workflows(repository: Path) -> Iterator[Pin]:
    for file, text in _files(repository, ".github/**/*.y*ml"):
        for name, commit, version in USES.findall(text):
            yield Pin(file=file, name=name, value=version, datasource="github-tags", digest=commit)
        for name, version in RUNNER.findall(text):
            yield Pin(file=file, name=name, value=version, datasource="github-runners")
        for version in PYTHON.findall(text):
            yield Pin(file=file, name="python", value=version, datasource="github-releases")


def _files(repository: Path, pattern: str) -> Iterator[tuple[str, str]]:
    for path in sorted(repository.glob(pattern)):
        yield path.relative_to(repository).as_posix(), path.read_text(encoding="utf-8")
