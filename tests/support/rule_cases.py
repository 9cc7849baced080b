"""Cases of rules: series, and what comes of them, read from tests/rules and written as promtool wants them.

Each file has the cases of one group. An alert has a `firing` and a `silent` one, with `at`, a time at which `series`
are looked at, and `every`, the time between two of their values, by default a minute. A recording rule has what it
`gives`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from components.monitoring.rules import Alert, Record
from sandbox.paths import REPOSITORY

FOLDER: Final = REPOSITORY / "tests" / "rules"
FIRING: Final = "firing"
SILENT: Final = "silent"
GIVES: Final = "gives"
LABEL: Final = re.compile(r"\$labels\.(\w+)")


@dataclass(frozen=True, kw_only=True)
class RuleCase:
    """One case of a rule."""

    rule: str
    kind: str
    """`firing`, `silent` or `gives`."""
    content: dict[str, Any]


def read(folder: Path = FOLDER) -> list[RuleCase]:
    """All cases."""
    return [case for file in sorted(folder.glob("*.yaml")) for case in read_file(file)]


def missing(rules: Sequence[Alert | Record], cases: Sequence[RuleCase]) -> list[str]:
    """Which cases the rules should have and have not, and which cases are of no rule."""
    wanted = {f"{rule.name}: {kind}" for rule in rules for kind in _kinds(rule)}
    found = {f"{case.rule}: {case.kind}" for case in cases}
    return sorted(wanted ^ found)


def written(rules: Sequence[Alert | Record], cases: Sequence[RuleCase], file: Path) -> dict[str, object]:
    """A file for `promtool test rules`, which tests the rules of another file by all cases."""
    by_name = {rule.name: rule for rule in rules}
    return {
        "rule_files": [str(file)],
        "evaluation_interval": "1m",
        "tests": [_test(by_name[case.rule], case) for case in cases],
    }


def read_file(file: Path) -> Iterator[RuleCase]:
    """The cases of one group."""
    # Without types: 0x20 is a notation of promtool's, and no number.
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (it makes strings only)
    for rule, kinds in content.items():
        if GIVES in kinds:
            yield RuleCase(rule=rule, kind=GIVES, content=kinds)
        else:
            yield from (RuleCase(rule=rule, kind=kind, content=case) for kind, case in kinds.items())


def _kinds(rule: Alert | Record) -> tuple[str, ...]:
    if isinstance(rule, Record):
        return (GIVES,)
    # What is for machines only fires always.
    return (FIRING,) if rule.severity == "none" else (FIRING, SILENT)


def _test(rule: Alert | Record, case: RuleCase) -> dict[str, object]:
    content = case.content
    return {
        "name": f"{case.rule}: {case.kind}",
        "interval": content.get("every", "1m"),
        "input_series": [{"series": name, "values": values} for name, values in content["series"].items()],
        "promql_expr_test": [_expectation(rule, case)],
    }


def _expectation(rule: Alert | Record, case: RuleCase) -> dict[str, object]:
    content = case.content
    if isinstance(rule, Record):
        gives = [{"labels": f"{rule.name}{labels}", "value": float(value)} for labels, value in content[GIVES].items()]
        return {"expr": rule.name, "eval_time": "20m", "exp_samples": gives}
    fires = f'alertname="{rule.name}",alertstate="firing",severity="{rule.severity}"'
    at = content["at"]
    if case.kind == SILENT:
        # At no time until then.
        return {"expr": f"count_over_time(ALERTS{{{fires}}}[{at}])", "eval_time": at, "exp_samples": []}
    # With all that its texts speak of.
    labels = sorted({f'{label}!=""' for label in LABEL.findall(rule.summary + rule.description)})
    expr = f"count(ALERTS{{{','.join([fires, *labels])}}}) > bool 0"
    return {"expr": expr, "eval_time": at, "exp_samples": [{"labels": "{}", "value": 1}]}
