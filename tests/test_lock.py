"""The lock has what the requirements ask for, each package with its hashes, and nothing that nobody asks for.

It does not show that the packages behind the direct ones are the right ones: that is the resolver's affair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
LOCK = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[0-9][A-Za-z0-9.]*)")
ENTRY = re.compile(
    rf"^{PIN.pattern}(?: ; (?P<marker>[^\\\n]+))? \\\n"
    r"(?P<hashes>(?: {4}--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)"
    r"(?P<via>(?: {4}#.*\n)+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Locked:
    """One package of the lock."""

    version: str
    marker: str | None
    """Where it is installed; everywhere, if there is none."""
    via: frozenset[str]
    """Who asks for it: packages, or `-r` and a file."""


def canonical(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    lines = (REPOSITORY / file).read_text(encoding="utf-8").splitlines()
    found = [PIN.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert all(found), f"{file}: expected lines of the form name==version"
    return {canonical(match["name"]): match["version"] for match in found if match}


def locked() -> dict[str, list[Locked]]:
    """Packages by name: one that has given up an older Python is there in a version for each."""
    found: dict[str, list[Locked]] = {}
    for match in ENTRY.finditer(LOCK):
        via = frozenset(line.strip(" #").removeprefix("via ") for line in match["via"].splitlines()) - {"via"}
        item = Locked(version=match["version"], marker=match["marker"], via=via)
        found.setdefault(canonical(match["name"]), []).append(item)
    return found


PACKAGES = locked()


def test_every_line_of_the_lock_belongs_to_a_package_with_its_hashes() -> None:
    comment, rest = re.compile(r"(?:#.*\n)*"), ENTRY.sub("", LOCK)
    assert comment.fullmatch(rest), f"not understood: {rest[:200]}"


def test_no_package_is_locked_twice_for_one_machine() -> None:
    for name, items in PACKAGES.items():
        markers = {item.marker for item in items}
        assert len(markers) == len(items), name
        assert markers == {None} or None not in markers, name


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_what_a_file_asks_for_is_locked_at_its_version_and_everywhere(file: str) -> None:
    asked = {name: [(version, None)] for name, version in pins(file).items()}
    found = {name: [(item.version, item.marker) for item in PACKAGES[name]] for name in asked if name in PACKAGES}
    assert found == asked, "run `make lock`"


@pytest.mark.parametrize("file", REQUIREMENTS)
def test_what_the_lock_has_because_of_a_file_stands_in_it(file: str) -> None:
    found = {name for name, items in PACKAGES.items() if any(f"-r {file}" in item.via for item in items)}
    assert found == pins(file).keys(), "run `make lock`"


def test_everything_else_is_there_for_a_package_of_the_lock() -> None:
    files = {f"-r {file}" for file in REQUIREMENTS}
    for name, items in PACKAGES.items():
        for item in items:
            assert item.via, name
            assert item.via <= PACKAGES.keys() | files, name


def test_the_lock_says_nothing_of_where_packages_come_from() -> None:
    assert "://" not in LOCK
    assert not re.search(r"--(index-url|extra-index-url|find-links|trusted-host)", LOCK)


def test_what_installs_the_rest_is_locked_itself() -> None:
    assert [item.via for item in PACKAGES["uv"]] == [{"-r requirements-dev.txt"}]
