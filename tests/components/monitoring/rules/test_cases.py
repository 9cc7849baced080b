"""Every alert has a case in which it fires and one in which it does not, every record one of what it gives."""

from __future__ import annotations

import re

import pytest

from components.monitoring.rules import rule_groups
from tests.support import rule_cases
from tests.support.exported import unknown
from tests.support.ruling import EVERYTHING, RULES

CASES = rule_cases.read()


def test_no_case_is_missing_and_none_is_of_no_rule() -> None:
    assert rule_cases.missing(RULES, CASES) == []


@pytest.mark.parametrize("kind", [rule_cases.FIRING, rule_cases.SILENT])
def test_a_case_that_is_missing_is_named(kind: str) -> None:
    without = [case for case in CASES if (case.rule, case.kind) != ("RoomTooHot", kind)]
    assert rule_cases.missing(RULES, without) == [f"RoomTooHot: {kind}"]
    assert rule_cases.missing(RULES[1:], CASES) == [f"{RULES[0].name}: {each}" for each in ("firing", "silent")]


def test_the_cases_of_a_group_are_in_its_file() -> None:
    files = {file.stem: {case.rule for case in rule_cases.read_file(file)} for file in rule_cases.FOLDER.iterdir()}
    assert files == {group.name: {rule.name for rule in group.rules} for group in rule_groups(EVERYTHING)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}-{case.kind}")
def test_a_case_has_series_that_targets_have(case: rule_cases.RuleCase) -> None:
    for series in case.content["series"]:
        assert re.fullmatch(r"[a-zA-Z_]\w*(\{.*\})?", series)
        assert unknown(series) == []
