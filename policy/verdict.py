"""What the rules say about a stack, for people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from components.vocabulary import OPEN_PATHS_REASON, POD_SECURITY_REASON, PUBLIC_REASON, UNVERIFIED_TLS_REASON
from policy.charts import BROUGHT
from policy.objects import annotations_of, label
from policy.rule import exemptions
from policy.rules import RULES
from policy.stack import Declared

REASONS: Final = {
    POD_SECURITY_REASON: "pod-security",
    PUBLIC_REASON: "sign-in",
    OPEN_PATHS_REASON: "sign-in, some paths",
    UNVERIFIED_TLS_REASON: "verified TLS",
}
"""Annotations that are exceptions too, by what they except from."""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule, and an object that breaks it."""

    rule: str
    subject: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class Excepted:
    """A declared exception: from what, what for, and why."""

    rule: str
    subject: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was judged, what breaks a rule, and what is excepted."""

    objects: int
    violations: list[Violation]
    exceptions: list[Excepted]

    @property
    def good(self) -> bool:
        """Whether every rule is kept, and there was anything to judge."""
        return self.objects > 0 and not self.violations


def judge(stack: Iterable[Declared]) -> Verdict:
    """Ask every rule about every object."""
    objects = list(stack)
    return Verdict(
        objects=len(objects),
        violations=[
            Violation(rule=rule.name, subject=label(item.obj), problem=problem)
            for item in objects
            for rule in RULES
            for problem in rule.violations(item.obj, item.context)
        ],
        exceptions=[
            Excepted(rule=rule, subject=label(item.obj), reason=reason)
            for item in objects
            for rule, reason in _exceptions(item)
        ],
    )


def _exceptions(item: Declared) -> Iterable[tuple[str, str]]:
    yield from exemptions(item.obj).items()
    for annotation, rule in REASONS.items():
        for reason in str(annotations_of(item.obj).get(annotation) or "").splitlines():
            yield rule, reason


def show(verdict: Verdict, console: Console) -> None:
    """Print every exception with its reason, then a line for each violation."""
    console.print("[bold]Declared exceptions[/]")
    for item in verdict.exceptions:
        _show_exception(item.rule, item.subject, item.reason, console)
    for brought in BROUGHT:
        subject = f"what charts bring into {', '.join(brought.namespaces)}"
        _show_exception(", ".join(brought.rules), subject, brought.reason, console)
    console.print()
    for broken in verdict.violations:
        line = escape(f"{broken.rule}: {broken.subject}: {broken.problem}")
        console.print(f"[red]✗[/] {line}", soft_wrap=True, highlight=False)
    if verdict.objects == 0:
        console.print("Nothing to judge: is this the right stack?", highlight=False)
    else:
        result = f"{len(verdict.violations)} violations" if verdict.violations else "every rule is kept"
        console.print(f"{verdict.objects} objects, {len(RULES)} rules: {result}.", highlight=False)


def _show_exception(rule: str, subject: str, reason: str, console: Console) -> None:
    """Two lines, which a window may wrap and nothing cuts: a name is there to be searched for."""
    console.print(f"  {escape(rule)}: {escape(subject)}", soft_wrap=True, highlight=False)
    console.print(Padding(f"[dim]{escape(reason)}[/]", (0, 0, 0, 6)), highlight=False)
