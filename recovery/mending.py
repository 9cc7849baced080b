"""A state that is brought to what is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from recovery.directory import Directory, Thing
from recovery.engine import Engine
from recovery.errors import RecoveryError
from recovery.kinds import OBJECT, Kind, kind_of, package
from recovery.report import Found
from recovery.state import Resource, State, plain

TAKEN: Final = "taken over"
PLACES: Final = ("accountId", "zoneId", "vault", "tunnelId")
"""Inputs that say where in an account a thing is."""


@dataclass(frozen=True)
class Asked:
    """Who is asked, and what was answered: once for everything of a kind in one place."""

    directories: Mapping[str, Directory]
    answers: dict[tuple[str, ...], Sequence[Thing]] = field(default_factory=dict)

    def of(self, resource: Resource, kind: Kind) -> tuple[str, Sequence[Thing]]:
        """Where the resource would be, and everything of its kind there."""
        directory = self.directories[package(resource)]
        if kind is OBJECT:
            return directory.title, directory.things(resource)
        key = (resource["type"], *(str(resource["inputs"].get(name)) for name in PLACES))
        if key not in self.answers:
            self.answers[key] = directory.things(resource)
        return directory.title, self.answers[key]


@dataclass
class Mending:
    """The state, whom to ask, and what was found so far."""

    state: State
    asked: Asked
    found: list[Found] = field(default_factory=list)
    reread: list[str] = field(default_factory=list)
    """Names of what the state has to be told more of."""
    undone: list[Callable[[], None]] = field(default_factory=list)
    """What is to be done once the state is written: then nobody else is at work on it."""
    components: dict[str, Resource] = field(default_factory=dict)
    """What the program declares that is no thing of its own, by its name."""

    def __post_init__(self) -> None:
        self.before = self.state.copy()

    def write(self, engine: Engine) -> None:
        """Write the state, without notes, undo what is half made, and have the state say what is there.

        Raises:
            RecoveryError: the stack is locked, pulumi refuses, or something cannot be undone.
        """
        self.state.strike_out()
        engine.put(self.state, self.before)
        for undo in self.undone:
            undo()
        try:
            engine.refresh(list(dict.fromkeys(self.reread)))
        except RecoveryError as error:
            # What has entered the state is known by its id alone so far, which the next run completes.
            message = f"{error}: what was found is in the state, but not read yet: run `make recover ADOPT=1` again"
            raise RecoveryError(message) from None

    def settle(self, operation: str, resource: Resource) -> None:
        """Find out what came of a noted operation."""
        kind = kind_of(resource)
        if kind is None:
            self._tell(resource, "", "dropped: it is in the state alone")
        elif resource.get("external"):
            # The engine notes that it lets go of what it has only read, as if that were deleted.
            self._tell(resource, "", "dropped: it is only read")
        elif operation == "creating":
            self._created(resource, kind)
        elif operation in ("updating", "deleting"):
            self._changed(operation, resource, kind)
        else:
            self._tell(resource, "", "dropped: nothing was being changed")

    def _created(self, resource: Resource, kind: Kind) -> None:
        title, there = self._unknown(resource, kind)
        before = self.state.current(resource["urn"])
        kept = before is not None and bool(before.get("protect")) and not before.get("pendingReplacement")
        if len(there) > 1 or (there and kept):
            ids = ", ".join([*(thing.id for thing in there), *([before["id"]] if before and kept else [])])
            message = (
                f"{title} has more than one of what {_name(resource)} is known by: {ids}: delete the one that holds "
                "nothing, then run `make recover` again; nothing was changed"
            )
            raise RecoveryError(message)
        if not there:
            known = before is not None and not before.get("pendingReplacement")
            self._tell(resource, title, "dropped: the state has it" if known else "not there: the next update makes it")
        elif there[0].undo:
            self._undo(resource, there[0], title)
        else:
            self._take(resource, kind, there[0], title)

    def _changed(self, operation: str, noted: Resource, kind: Kind) -> None:
        """What was being changed or deleted is read anew, or forgotten if it is gone."""
        held = next((item for item in self.state.resources if _same(item, noted)), None)
        if held is None:
            self._tell(noted, "", "dropped: the state has it no more")
            return
        title, things = self.asked.of(held, kind)
        there = next((thing for thing in things if thing.id == held["id"]), None)
        if there is None and operation == "deleting" and kind is not OBJECT:
            self.state.forget(held)
            self._tell(noted, title, "gone: forgotten")
            return
        if there is not None and there.undo:
            self.undone.append(there.undo)
        self.reread.append(held["urn"])
        self._tell(noted, f"{title}: {held['id']}", "read anew")

    def look_after_ids(self) -> None:
        """Find what the state has under an id that its account has no more, and a second one of what it has.

        The one is so when an older state was put back, the other when a replacement's answer was lost.
        """
        for held in list(self.state.resources):
            kind = kind_of(held)
            if kind is None or kind is OBJECT or held.get("pendingReplacement") or held.get("external"):
                continue
            title, things = self.asked.of(held, kind)
            _, there = self._unknown(held, kind)
            if held["id"] in {thing.id for thing in things}:
                if there and not kind.several and not held.get("delete"):
                    self._exchange(held, kind, there, title)
            elif len(there) == 1 and not held.get("delete"):
                held["id"], held["outputs"] = kind.entered(held, there[0])
                self.reread.append(held["urn"])
                self._tell(held, f"{title}: {there[0].id}", f"{TAKEN} in the place of one that is gone")
            else:
                self.state.forget(held)
                self._tell(held, title, "gone: forgotten")

    def _exchange(self, held: Resource, kind: Kind, there: Sequence[Thing], title: str) -> None:
        """End a replacement: the new one takes the name, and the next update deletes the old one."""
        if len(there) > 1 or held.get("protect"):
            ids = ", ".join(thing.id for thing in there)
            self._tell(
                held, f"{title}: {ids}", f"more than one, beside {held['id']}: delete the one that holds nothing"
            )
        else:
            self._take(held, kind, there[0], title)

    def adopt(self, declared: Mapping[str, Any]) -> None:
        """Take over what an update would make, and is there already."""
        resource: Resource = {**declared, "inputs": plain(declared.get("inputs") or {})}
        if not resource.get("custom"):
            self.components[resource["urn"]] = resource
        kind = kind_of(resource)
        if kind is None or self.state.provider(resource) is None:
            return
        title, there = self._unknown(resource, kind)
        if len(there) > 1:
            ids = ", ".join(thing.id for thing in there)
            self._tell(resource, f"{title}: {ids}", "more than one: delete the one that holds nothing")
        elif there and there[0].undo:
            self._undo(resource, there[0], title)
        elif there:
            self._lay(str(resource.get("parent", "")))
            self._take(resource, kind, there[0], title)

    def _unknown(self, resource: Resource, kind: Kind) -> tuple[str, list[Thing]]:
        """Where it would be, and what is there of it that the state does not know."""
        title, things = self.asked.of(resource, kind)
        known = self.state.ids(resource["type"])
        return title, [thing for thing in kind.matching(resource, things) if thing.id not in known]

    def _take(self, resource: Resource, kind: Kind, thing: Thing, title: str) -> None:
        own, outputs = kind.entered(resource, thing)
        self.state.take(resource, own, outputs)
        self.reread.append(resource["urn"])
        self._tell(resource, f"{title}: {thing.id}", TAKEN)

    def _undo(self, resource: Resource, thing: Thing, title: str) -> None:
        if thing.undo:
            self.undone.append(thing.undo)
        self._tell(resource, f"{title}: {thing.id}", f"{thing.unfinished}: undone, the next update makes it")

    def _lay(self, urn: str) -> None:
        """Let the components in that a resource is in, outermost first."""
        component = self.components.get(urn)
        if component is not None and self.state.current(urn) is None:
            self._lay(str(component.get("parent", "")))
            self.state.lay(component)

    def _tell(self, resource: Resource, where: str, outcome: str) -> None:
        self.found.append(Found(what=_name(resource), where=where, outcome=outcome))


def _same(one: Resource, other: Resource) -> bool:
    return (one["urn"], one.get("id")) == (other["urn"], other.get("id"))


def _name(resource: Resource) -> str:
    """`Item argocd-oidc` of a resource."""
    return f"{resource['type'].rpartition(':')[2]} {resource['urn'].rpartition('::')[2]}"
