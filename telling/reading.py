"""What the engine says of an update: the JSON of `pulumi preview --json`, or its log of events."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from telling.errors import UnreadableError
from telling.model import CHANGES, KEEPING, STACK_TYPE, Change, Preview, Step

SECRET: Final = "[secret]"  # noqa: S105 - what the engine prints in a secret's place
SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""Key by which the engine marks a value that is no plain one, such as a secret."""
ABSENT: Final = "(none)"
LONGEST: Final = 160
"""Characters of a value; the whole one is in the preview on a workstation."""
MARKUP: Final = re.compile(r"<\{%.*?%\}>")
"""How the engine marks colours in what it logs."""
DEPTH: Final = 2
"""Of the parts that a resource is in, so many name its place."""
OUTSIDE: Final = "program"


def read(printed: str) -> Preview:
    """What the engine printed.

    Raises:
        UnreadableError: it is no preview.
    """
    try:
        told = json.loads(printed)
        steps = told.get("steps") or []
    except (ValueError, AttributeError):
        last = (printed.strip() or "nothing").splitlines()[-1]
        message = f"pulumi preview: expected JSON, got {last[:200]!r}; run it by hand to see what it says"
        raise UnreadableError(message) from None
    errors = [
        " ".join(item["message"].removeprefix("error: ").split())
        for item in told.get("diagnostics") or []
        if item.get("severity") == "error"
    ]
    return Preview(
        steps=tuple(_steps(steps)),
        unchanged=(told.get("changeSummary") or {}).get("same", 0),
        # The engine ends with a line that says no more than the ones before it.
        errors=tuple(dict.fromkeys(error for error in errors if error != "preview failed" or len(errors) == 1)),
    )


def of_events(lines: Iterable[str]) -> Preview:
    """What the engine's log of events tells: what it did, or in a preview what it would do.

    A line that is not written whole, as the last one of an engine that was killed, is passed over.
    """
    told: list[Mapping[str, Any]] = []
    failed: set[str] = set()
    errors: list[str] = []
    summary: Mapping[str, Any] = {}
    for event in events(lines):
        # What is done has its outputs; until then it has only begun.
        if metadata := (event.get("resOutputsEvent") or {}).get("metadata"):
            told.append(_as_previewed(metadata))
        elif metadata := (event.get("resOpFailedEvent") or {}).get("metadata"):
            failed.add(metadata["urn"])
        elif (said := event.get("diagnosticEvent")) and said.get("severity") == "error":
            errors.append(" ".join(MARKUP.sub("", said["message"]).removeprefix("error: ").split()))
        summary = (event.get("summaryEvent") or {}).get("resourceChanges") or summary
    return Preview(
        steps=tuple(_steps([step for step in told if step["urn"] not in failed])),
        unchanged=summary.get("same", 0),
        errors=tuple(dict.fromkeys(errors)),
    )


def events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """The events of a log, as far as they can be read."""
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, Mapping):
            yield event


def _as_previewed(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """A step of the log as a preview's JSON has it."""
    return {
        "op": metadata["op"],
        "urn": metadata["urn"],
        "oldState": metadata.get("old"),
        "newState": metadata.get("new"),
        "replaceReasons": metadata.get("keys"),
        "detailedDiff": metadata.get("detailedDiff"),
    }


def _steps(told: Sequence[Mapping[str, Any]]) -> Iterator[Step]:
    """One for each resource: a replacement is told in two or three steps, of which one has the differences."""
    of_resource: dict[str, list[Mapping[str, Any]]] = {}
    parents = dict(_parents(told))
    for step in told:
        if step["op"] not in KEEPING:
            of_resource.setdefault(step["urn"], []).append(step)
    for urn, steps in of_resource.items():
        changes = Counter(CHANGES.get(step["op"], Change.UPDATED) for step in steps)
        change = next(change for change in Change if changes[change])
        old: Mapping[str, Any] = next((step["oldState"] for step in steps if step.get("oldState")), {})
        yield Step(
            urn=urn,
            change=change,
            reasons=tuple(sorted({reason for step in steps for reason in step.get("replaceReasons") or []})),
            lines=tuple(dict.fromkeys(line for step in steps for line in _differences(step))),
            protected=bool(old.get("protect")),
            kept=change is Change.DELETED and bool(old.get("retainOnDelete")),
            place=_place(urn, parents),
        )


def _parents(told: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What each resource is in, by URNs."""
    for step in told:
        for state in (step.get("oldState"), step.get("newState")):
            if state and state.get("parent"):
                yield step["urn"], state["parent"]


def _place(urn: str, parents: Mapping[str, str]) -> str:
    """The layer and the part of it that a resource is in, by their names; of one that is in none, the program."""
    above: list[str] = []
    while (urn := parents.get(urn, "")) and f"::{STACK_TYPE}::" not in urn:
        above.insert(0, urn.split("::", 3)[3])
    return "/".join(above[:DEPTH]) or OUTSIDE


def _differences(step: Mapping[str, Any]) -> Iterator[str]:
    old, new = step.get("oldState") or {}, step.get("newState") or {}
    hidden = _is_secret_kind(step)
    for path in step.get("detailedDiff") or {}:
        before, after = _shown(old, path, hidden), _shown(new, path, hidden)
        yield f"{path}: {before} -> {after}"


def _is_secret_kind(step: Mapping[str, Any]) -> bool:
    """A Secret's values are none of anybody's business, whether the program has marked them or not."""
    return str(step["urn"].split("::")[2]).endswith("kubernetes:core/v1:Secret")


def _shown(state: Mapping[str, Any], path: str, hidden: bool) -> str:
    value = _at(state.get("inputs") or {}, path)
    if value is ABSENT:
        value = _at(state.get("outputs") or {}, path)
    if value is ABSENT:
        return ABSENT
    if hidden and path.partition(".")[0].partition("[")[0] in {"data", "stringData"}:
        return SECRET
    text = json.dumps(_without_secrets(value), ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _without_secrets(value: Any) -> Any:
    if isinstance(value, Mapping):
        return SECRET if SIGNATURE in value else {key: _without_secrets(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return value


def _at(value: Any, path: str) -> Any:
    """What is at a property's path, as in spec.routes[0].match or data["a.b"]; a secret on the way hides the rest."""
    for key in _keys(path):
        if (isinstance(value, Mapping) and SIGNATURE in value) or value == SECRET:
            return SECRET
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdecimal() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ABSENT
    return value


def _keys(path: str) -> Iterator[str]:
    rest = path
    while rest:
        if rest.startswith('["'):
            key, _, rest = rest[2:].partition('"]')
        elif rest.startswith("["):
            key, _, rest = rest[1:].partition("]")
        else:
            rest = rest.removeprefix(".")
            end = min((rest.find(sign) for sign in ".[" if sign in rest), default=len(rest))
            key, rest = rest[:end], rest[end:]
        yield key
