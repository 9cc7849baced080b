"""Whatever the threat model says that a finding is shown by is there."""

from __future__ import annotations

import re

import pytest

from doctor import examination
from doctor.check import CHECKS
from policy.rules import RULES
from sandbox.paths import REPOSITORY

TEXT = (REPOSITORY / "docs" / "threat-model.md").read_text()
SECTIONS = {part.partition("\n")[0]: part for part in TEXT.split("\n## ")[1:]}
ATTACKERS = [name for name in SECTIONS if name.startswith(("A ", "Somebody", "Compromised"))]


def named(word: str) -> set[str]:
    """What stands in backticks behind a word, whether or not a line ends between them."""
    return set(re.findall(rf"{word}\s+`([^`]+)`", TEXT))


def test_tests_that_are_named_exist() -> None:
    files = set(re.findall(r"`(tests/[^`]+)`", TEXT))
    assert len(files) > 10
    assert not [name for name in files if not (REPOSITORY / name).is_file()]


def test_checks_and_rules_that_are_named_exist() -> None:
    assert examination.GROUPS
    assert named("check")
    assert named("check") <= {check.name for check in CHECKS}
    assert named("rule")
    assert named("rule") <= {rule.name for rule in RULES}


@pytest.mark.parametrize("name", ATTACKERS)
def test_every_attacker_reaches_something_and_a_test_shows_it(name: str) -> None:
    assert "- Reaches:" in SECTIONS[name] or name.startswith(("A pod", "A stolen"))
    assert "- Shown by:" in SECTIONS[name]


def test_the_attackers_are_all_there() -> None:
    assert len(ATTACKERS) >= 10
