"""The rules and the dashboards' queries as Prometheus reads them: each alert fires when it should, and only then."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from components.monitoring.dashboards import dashboards
from components.monitoring.rules import specs
from sandbox import tools
from sandbox.steps import Steps
from tests.support import rule_cases
from tests.support.ruling import EVERYTHING, RULES

CASES = rule_cases.read()
ONE = 'node_memory_MemAvailable_bytes{instance="one"}'


@pytest.fixture(scope="module")
def promtool() -> Path:
    return tools.PROMTOOL.ensure(Steps(Console()))


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file: Path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    groups = [group for part in specs(EVERYTHING).values() for group in part["groups"]]
    file.write_text(yaml.safe_dump({"groups": groups}))
    return file


def run(*command: str | Path) -> tuple[bool, str]:
    """Whether it succeeds, and what it prints."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=900)
    return done.returncode == 0, done.stdout + done.stderr


def outcome(promtool: Path, rules: Path, cases: list[rule_cases.RuleCase]) -> tuple[bool, str]:
    file = rules.with_name("tests.yaml")
    file.write_text(yaml.safe_dump(rule_cases.written(RULES, cases, rules), width=1000))
    return run(promtool, "test", "rules", file)


def test_the_rules_are_taken(promtool: Path, rules: Path) -> None:
    good, printed = run(promtool, "check", "rules", "--lint=all", "--lint-fatal", rules)
    assert good, printed
    assert f"{len(RULES)} rules found" in printed


def test_each_alert_fires_when_it_should_and_only_then(promtool: Path, rules: Path) -> None:
    good, printed = outcome(promtool, rules, CASES)
    assert good, printed


def test_every_query_of_a_dashboard_is_promql(promtool: Path, tmp_path: Path) -> None:
    made = [json.loads(text) for text in dashboards().values()]
    queries = [
        target["expr"]
        for page in made
        for panel in page["panels"]
        for target in panel.get("targets", ())
        if "expr" in target
    ]
    assert len(queries) > 20
    # As rules, with what Grafana fills in.
    exprs = [re.sub(r"\$__\w+", "5m", query) for query in queries]
    rules = [{"record": f"query:{number}", "expr": expr} for number, expr in enumerate(exprs)]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    good, printed = run(promtool, "check", "rules", "--lint=none", file)
    assert good, printed


@pytest.mark.parametrize("kind", [rule_cases.FIRING, rule_cases.SILENT])
def test_an_alert_that_does_otherwise_is_noticed(promtool: Path, rules: Path, kind: str) -> None:
    (case,) = [case for case in CASES if (case.rule, case.kind) == ("NodeMemoryShort", kind)]
    wrong: dict[str, Any] = {**case.content["series"], ONE: "8e9x30" if kind == rule_cases.FIRING else "1e9x30"}
    broken = rule_cases.RuleCase(rule=case.rule, kind=kind, content={**case.content, "series": wrong})
    good, printed = outcome(promtool, rules, [broken])
    assert not good
    assert "NodeMemoryShort" in printed
