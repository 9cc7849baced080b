"""Rules: every PrometheusRule that is selected becomes a file in a ConfigMap."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.objects import namespace_of
from sandbox.controllers.prometheus_operator import durations
from sandbox.controllers.prometheus_operator.errors import ConfigurationError

MOST: Final = 512 * 1024
"""Bytes that the files of one ConfigMap may have."""
NAME: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^'\\]|\\.)*'|`[^`]*`")
COMMENT: Final = re.compile(r"#[^\n]*")
BRACKETS: Final = {")": "(", "]": "[", "}": "{"}


def check(rule: kube.Object) -> None:
    """See whether a PrometheusRule can be read, as far as can be told without reading its expressions.

    Raises:
        ConfigurationError: it cannot, with the first reason.
    """
    problem = next(_problems(rule["spec"].get("groups") or []), "")
    if problem:
        raise ConfigurationError(f"invalid rule: {problem}")


def files(rules: list[kube.Object]) -> list[dict[str, str]]:
    """The files, each map as many as a ConfigMap may have; one empty map without rules."""
    buckets: list[dict[str, str]] = [{}]
    for name, text in sorted((_file(rule), json.dumps(rule["spec"], indent=1)) for rule in rules):
        if sum(map(len, buckets[-1].values())) + len(text) > MOST:
            buckets.append({})
        buckets[-1][name] = text
    return buckets


def _file(rule: kube.Object) -> str:
    meta = rule["metadata"]
    return f"{namespace_of(rule)}-{meta['name']}-{meta['uid']}.yaml"


def _problems(groups: list[Mapping[str, Any]]) -> Iterator[str]:
    seen: set[str] = set()
    for group in groups:
        if group["name"] in seen:
            yield f'groupname: "{group["name"]}" is repeated in the same file'
        seen.add(group["name"])
        yield from _duration("interval", group.get("interval"))
        for number, rule in enumerate(group.get("rules") or []):
            for problem in _of_rule(rule):
                called = rule.get("alert") or rule.get("record") or "-"
                yield f'group "{group["name"]}", rule {number}, "{called}": {problem}'


def _of_rule(rule: Mapping[str, Any]) -> Iterator[str]:
    record, alert = rule.get("record"), rule.get("alert")
    if record and alert:
        yield "only one of 'record' and 'alert' must be set"
    if not record and not alert:
        yield "one of 'record' or 'alert' must be set"
    if record and (rule.get("annotations") or rule.get("for") or rule.get("keep_firing_for")):
        yield "invalid field in recording rule: annotations, for and keep_firing_for are of alerts"
    if record and not NAME.fullmatch(record):
        yield f"invalid recording rule name: {record}"
    for label in rule.get("labels") or {}:
        if not LABEL.fullmatch(label) or label == "__name__":
            yield f"invalid label name: {label}"
    for field in ("for", "keep_firing_for"):
        yield from _duration(field, rule.get(field))
    yield from _of_expression(str(rule.get("expr", "")))


def _duration(field: str, text: str | None) -> Iterator[str]:
    try:
        durations.seconds(text or "0")
    except ConfigurationError as error:
        yield f"{field}: {error}"


def _of_expression(expression: str) -> Iterator[str]:
    """What is wrong with quotes and brackets."""
    rest = COMMENT.sub("", QUOTED.sub('""', expression))
    if not rest.strip():
        yield "field 'expr' must be set in rule"
    if re.sub('""', "", rest).count('"') or "'" in rest or "`" in rest:
        yield "could not parse expression: unterminated quoted string"
    open_: list[str] = []
    for sign in rest:
        if sign in BRACKETS.values():
            open_.append(sign)
        elif sign in BRACKETS and (not open_ or open_.pop() != BRACKETS[sign]):
            yield f"could not parse expression: unexpected {sign}"
            return
    if open_:
        yield f"could not parse expression: unclosed {open_[-1]}"
