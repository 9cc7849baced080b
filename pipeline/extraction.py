"""What Renovate found, held against what is pinned."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from pipeline.pinned import Pin

HARMLESS: Final = re.compile(r"RE2 not usable|GitHub token is required")
"""Warnings that say nothing of this repository: without its own compiled engine Renovate takes JavaScript's, and a
token it would need only to look newer versions up."""
WITHOUT_TOKEN: Final = ("", "github-token-required")
"""Why Renovate may leave a pin out: here it has no token, and there it has one."""
WARNING: Final = 40
"""Level of a warning in Renovate's log; errors are above it."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One pin, and what became of it."""

    pin: Pin
    problem: str = ""
    """Empty if it was found once, as it stands."""


def read(report: Mapping[str, Any]) -> tuple[list[Pin], list[str]]:
    """What a report of Renovate's says: everything that it would look for newer versions of, and its complaints."""
    found: list[Pin] = []
    problems = [*report.get("problems", [])]
    for repository in report["repositories"].values():
        problems += repository.get("problems", [])
        for files in repository["packageFiles"].values():
            for file in files:
                found += _found(file)
    return sorted(found), list(_complaints(problems))


def _found(file: Mapping[str, Any]) -> Iterator[Pin]:
    for dependency in file["deps"]:
        # What a tool is made of: Renovate knows of it, and leaves it alone.
        if dependency.get("enabled") is False:
            continue
        (registry, *_) = dependency.get("registryUrls") or [""]
        left_out = dependency.get("skipReason", "")
        yield Pin(
            file=file["packageFile"],
            name=dependency["depName"],
            value=(dependency.get("currentValue") or "").removeprefix("=="),
            datasource=f"none: {left_out}" if left_out not in WITHOUT_TOKEN else dependency.get("datasource", "none"),
            digest=dependency.get("currentDigest") or "",
            registry=registry.rstrip("/"),
        )


def _complaints(problems: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for problem in problems:
        line = " ".join(f"{problem.get('msg', '')} {problem.get('errorMessage', '')}".split())
        if problem.get("level", WARNING) >= WARNING and not HARMLESS.search(line):
            yield f"{problem.get('matchedFile') or problem.get('packageFile') or 'renovate.json'}: {line}"


def compare(pinned: Sequence[Pin], found: Sequence[Pin]) -> list[Verdict]:
    """Each pin once, with what is wrong; then what Renovate found although it is no pin that we know of."""
    wanted, seen = Counter(pinned), Counter(found)
    verdicts = [Verdict(pin=pin, problem=_problem(pin, count, seen, found)) for pin, count in sorted(wanted.items())]
    known = {(pin.file, pin.name) for pin in wanted}
    verdicts += [
        Verdict(pin=pin, problem="found, and pinned nowhere that pipeline/pinned.py knows of")
        for pin in sorted(seen)
        if (pin.file, pin.name) not in known
    ]
    return verdicts


def _problem(pin: Pin, count: int, seen: Counter[Pin], found: Sequence[Pin]) -> str:
    if seen[pin] == count:
        return ""
    if seen[pin]:
        return f"found {seen[pin]} times, expected {count}"
    others = [other for other in found if (other.file, other.name) == (pin.file, pin.name)]
    if not others:
        return "not found"
    differences = {
        f"{field} {getattr(other, field) or '(none)'}, expected {getattr(pin, field) or '(none)'}"
        for other in others
        for field in ("value", "datasource", "digest", "registry")
        if getattr(other, field) != getattr(pin, field)
    }
    return f"found with {'; '.join(sorted(differences))}"


def show(verdicts: Sequence[Verdict], complaints: Sequence[str], console: Console) -> bool:
    """Print the table; whether everything is well."""
    table = Table("file", "name", "version", "source", "", box=None, pad_edge=False)
    for verdict in verdicts:
        pin = verdict.pin
        state = f"[red]{verdict.problem}[/]" if verdict.problem else "found once" if console.is_terminal else "ok"
        table.add_row(pin.file, pin.name, pin.value, pin.datasource, state)
    console.print(table)
    for complaint in complaints:
        console.print(f"[red]Renovate complains:[/] {complaint}", soft_wrap=True)
    wrong = sum(bool(verdict.problem) for verdict in verdicts)
    console.print(f"{len(verdicts)} pins, {wrong} of them not found as they stand; {len(complaints)} complaints")
    return not wrong and not complaints
