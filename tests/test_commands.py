"""The commands that documents name: those of the guides are run, or say why not; targets and drills are there.

That the ones which can be run do run is what tests/engine/test_readme.py shows.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from drills.flows import FLOWS
from tests.support import guides
from tests.support.guides import Block

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = {
    file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
    for file in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
}
MAKEFILE: Final = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS: Final = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
PROGRAMS: Final = sorted({path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"})
"""The packages, whose messages say what to type."""
CODE: Final = re.compile(r"`([^`\n]+)`|^ {4,}(.+)$", re.MULTILINE)
MAKE: Final = re.compile(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)((?: [A-Z_]+=\S+)*)")
REASONS: Final = (
    r"needs an account at (?:Cloudflare|1Password|GitHub|Pulumi)",
    r"(?:.*)(?:is run|are made under another name|is shown) by tests/\S+\.py(?:, .*)?",
    r"changes the checkout that is being tested",
    r"it is what runs the tests",
    r"asks the charts' own repositories; a workflow does, charts\.yml",
    r"makes a stack at your own backend; the sandbox makes its own",
    r"makes a folder of packages; `make` does the same before each target",
)
"""Why a command of a guide may go without being run: what needs more than this machine, or is run elsewhere."""


@pytest.mark.parametrize(
    "block", [block for block in guides.blocks() if block.reason], ids=lambda block: block.text[:40]
)
def test_what_is_not_run_has_a_reason_that_counts(block: Block) -> None:
    assert any(re.fullmatch(reason, block.reason) for reason in REASONS), f"{block.page}: {block.reason}"
    for path in re.findall(r"\S+\.(?:py|md)", block.reason):
        assert (ROOT / path).is_file(), path
    for path in re.findall(r"run by (\S+\.py)", block.reason):
        page = re.search(r"from (\S+\.md)", block.reason)
        assert (page[1] if page else block.page) in (ROOT / path).read_text(encoding="utf-8")


def test_guides_have_commands_that_are_run() -> None:
    ran = [block for block in guides.blocks() if not block.reason]
    assert {block.page for block in ran} >= {"README.md", "docs/sandbox.md", "docs/own-homelab.md"}
    for block in ran:
        assert block.script


def test_commands_stand_where_they_are_found() -> None:
    """Indented by four: a fence of a shell would be overlooked."""
    for page in guides.GUIDES:
        assert not re.search(r"^ *```(?:sh|shell|bash|console)", PAGES[page], re.MULTILINE), page


def test_a_comment_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ValueError, match="neither"):
        guides.of_text("page.md", "<!-- later -->\n\n    make up\n")
    (block,) = guides.of_text("page.md", "Text:\n\n    kubectl get <what>\n")
    with pytest.raises(ValueError, match="<what>"):
        assert block.script


def commands() -> list[tuple[str, str]]:
    """Page and text of every `make ...` that a document names."""
    return [
        (page, text)
        for page, whole in PAGES.items()
        for code in CODE.finditer(whole)
        if MAKE.match(text := (code[1] or code[2]).strip())
    ]


def test_programs_name_targets_that_are_there() -> None:
    named = {
        (file.relative_to(ROOT).as_posix(), target)
        for package in PROGRAMS
        for file in sorted((ROOT / package).rglob("*.py"))
        for target in re.findall(r"`make ([a-z-]+)", file.read_text(encoding="utf-8"))
    }
    assert {target for _, target in named} >= {"up", "recover"}
    assert [(file, target) for file, target in sorted(named) if target not in TARGETS] == []


def test_documents_name_targets_that_are_there() -> None:
    assert commands()
    for page, text in commands():
        match = MAKE.match(text)
        assert match
        assert match[1] in TARGETS, f"{page}: {text}"
        for name, value in re.findall(r"([A-Z_]+)=(\S+)", match[2]):
            assert re.search(rf"\b{name}\b", MAKEFILE), f"{page}: {text}"
            if name == "FLOW":
                assert value in FLOWS, f"{page}: {text}"
