"""The way through an update that decides how long it takes: what waited for what, and for how long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from telling.model import groups, title_of
from telling.reading import events

POLL_SECONDS: Final = 0.05
SHORT: Final = 1.0
"""Seconds; what is done sooner is told of together."""


@dataclass
class Times:
    """When each resource was begun and done, in seconds after the update began."""

    begun: dict[str, float] = field(default_factory=dict)
    done: dict[str, float] = field(default_factory=dict)


@contextmanager
def watched(log: Path) -> Iterator[Times]:
    """Note when events arrive in a log: what they say themselves is in whole seconds."""
    times, end, start = Times(), threading.Event(), time.monotonic()

    def follow() -> None:
        whole = ""
        at = 0
        while True:
            last = end.is_set()
            if log.exists():
                with log.open(encoding="utf-8") as lines:
                    lines.seek(at)
                    whole += lines.read()
                    at = lines.tell()
                *complete, whole = whole.split("\n")
                _note(times, complete, time.monotonic() - start)
            if last:
                return
            time.sleep(POLL_SECONDS)

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield times
    finally:
        end.set()
        thread.join()


def _note(times: Times, lines: list[str], now: float) -> None:
    for event in events(lines):
        if metadata := (event.get("resourcePreEvent") or {}).get("metadata"):
            times.begun.setdefault(metadata["urn"], now)
        elif metadata := (event.get("resOutputsEvent") or {}).get("metadata"):
            times.done[metadata["urn"]] = now


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A resource on the way, and how long it was waited for."""

    what: str
    seconds: float


def critical(times: Times, state: Mapping[str, Any]) -> list[Wait]:
    """From the first resource to the last: before each, that one of what it needs which was done last."""
    resources = {item["urn"]: item for item in state["deployment"]["resources"]}
    real = [urn for urn in times.done if urn in resources and urn in times.begun and not groups(urn)]
    way: list[str] = []
    at = max(real, key=times.done.__getitem__, default="")
    while at and at not in way:
        way.append(at)
        before = [urn for urn in _needs(at, resources) if urn in times.done and not groups(urn)]
        at = max(before, key=times.done.__getitem__, default="")
    way.reverse()
    return [Wait(what=title_of(urn), seconds=times.done[urn] - times.begun[urn]) for urn in way if urn in times.begun]


def _needs(urn: str, resources: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What has to be done before a resource is begun; instead of a component, what is in it."""
    item = resources[urn]
    provider = item.get("provider", "").rpartition("::")[0]
    for other in [*(item.get("dependencies") or []), *([provider] if provider else [])]:
        if not groups(other):
            yield other
        else:
            yield from (inner for inner, made in resources.items() if _is_in(made, other, resources))


def _is_in(item: Mapping[str, Any], component: str, resources: Mapping[str, Mapping[str, Any]]) -> bool:
    above = item.get("parent", "")
    while above:
        if above == component:
            return True
        above = resources.get(above, {}).get("parent", "")
    return False


def told(way: list[Wait], whole: float) -> str:
    """In words: what is waited for a second and more, one after the other, and what the rest comes to."""
    long = [wait for wait in way if wait.seconds >= SHORT]
    rest = whole - sum(wait.seconds for wait in long)
    named = ", then ".join(f"{wait.what} {wait.seconds:.1f} s" for wait in long)
    return f"{named or 'nothing for a second'}; all else on the way {rest:.1f} s"
