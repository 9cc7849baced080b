"""The whole platform keeps every rule."""

from __future__ import annotations

from typing import Any

import pytest

from components.outputs import Outputs
from policy import verdict
from policy.rule import Context
from policy.rules import RULES
from policy.stack import Declared, zones_of
from tests.support.recorder import Recording


@pytest.fixture(scope="module")
def stack(extended: Recording[Outputs]) -> list[Declared]:
    objects = [item for item in extended.objects() if "kind" in item.inputs]
    zones = zones_of(item.inputs for item in objects)
    return [Declared(obj=item.inputs, context=Context(protect=item.protect, zones=zones)) for item in objects]


def test_the_whole_platform_keeps_every_rule(stack: list[Declared]) -> None:
    found = verdict.judge(stack)
    assert found.violations == []
    assert found.good


def test_every_rule_of_a_kind_has_something_to_judge(stack: list[Declared]) -> None:
    silent = {rule.name for rule in RULES if not any(rule.is_about(item.obj) for item in stack)}
    assert silent == set()


def test_the_zones_are_those_of_the_configuration(stack_values: dict[str, Any], stack: list[Declared]) -> None:
    assert {item.context.zones for item in stack} == {frozenset(stack_values["zones"])}


def test_every_reason_that_the_platform_gives_is_listed(stack: list[Declared]) -> None:
    found = verdict.judge(stack)
    reasons = {
        value
        for item in stack
        for key, value in (item.obj["metadata"].get("annotations") or {}).items()
        if key.startswith("homelab/") and key.endswith("-reason")
    }
    assert reasons
    assert reasons <= {item.reason for item in found.exceptions}
