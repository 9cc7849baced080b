"""The engine's state as it is exported: resources, and notes of what was being done with them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Resource = dict[str, Any]
"""A resource of the state, or of a note, which has no id yet."""

HIDDEN: Final = ("4dabf18193072939515e22adb298388d", "[secret]", "[unknown]", "04da6b54-80e4-46f7-96ec-b56ff0331ba9")
"""By what a value is known that is secret, or not known yet."""


@dataclass(frozen=True)
class State:
    """The state, to be changed."""

    whole: dict[str, Any]

    @classmethod
    def of(cls, exported: dict[str, Any]) -> State:
        """What `pulumi stack export` printed; KeyError if it is none."""
        deployment = exported["deployment"]
        deployment["resources"] = deployment.get("resources") or []
        return cls(exported)

    @property
    def resources(self) -> list[Resource]:
        """Everything that the state knows."""
        found: list[Resource] = self.whole["deployment"]["resources"]
        return found

    @property
    def notes(self) -> list[tuple[str, Resource]]:
        """What was being done, and with which resource."""
        found = self.whole["deployment"].get("pending_operations") or []
        return [(note["type"], note["resource"]) for note in found]

    def text(self) -> str:
        """As `pulumi stack import` takes it."""
        return json.dumps(self.whole)

    def copy(self) -> State:
        """Another one like it."""
        return State(copy.deepcopy(self.whole))

    def strike_out(self) -> None:
        """Forget all notes."""
        self.whole["deployment"].pop("pending_operations", None)

    def current(self, urn: str) -> Resource | None:
        """The resource that goes by this name now."""
        return next((item for item in self.resources if item["urn"] == urn and not item.get("delete")), None)

    def ids(self, kind: str) -> set[str]:
        """Ids of all resources of a type, also of those that are about to be deleted; not of those that are gone."""
        held = (item for item in self.resources if item["type"] == kind and not item.get("pendingReplacement"))
        return {item["id"] for item in held if item.get("id")}

    def provider(self, resource: Mapping[str, Any]) -> Resource | None:
        """The provider that a resource was made by."""
        urn, _, own = str(resource.get("provider", "")).rpartition("::")
        return next((item for item in self.resources if (item["urn"], item.get("id")) == (urn, own)), None)

    def take(self, resource: Resource, own: str, outputs: Mapping[str, Any]) -> None:
        """Let a resource in under the id that it has; one that it replaces is to be deleted, or gone already."""
        known = {item["urn"] for item in self.resources}
        entry = {**resource, "id": own, "outputs": dict(outputs)}
        entry["dependencies"] = [urn for urn in resource.get("dependencies") or () if urn in known]
        entry["propertyDependencies"] = {
            name: [urn for urn in urns or () if urn in known]
            for name, urns in (resource.get("propertyDependencies") or {}).items()
        }
        before = self.current(resource["urn"])
        if before is not None and before.get("pendingReplacement"):
            self.resources.remove(before)
        elif before is not None:
            before["delete"] = True
        self.resources.append({key: value for key, value in entry.items() if value not in ([], {})})
        self._sort()

    def lay(self, component: Resource) -> None:
        """Let a component in, which is nothing but a name for what is in it."""
        kept = ("urn", "custom", "type", "parent", "inputs", "outputs")
        self.resources.append({key: component[key] for key in kept if component.get(key) is not None})

    def forget(self, resource: Resource) -> None:
        """Drop what is there no more; what something else refers to stays as a name, to be made anew."""
        others = [item for item in self.resources if item is not resource]
        urn = resource["urn"]
        referred = any(urn in _needed(item) for item in others) and urn not in {item["urn"] for item in others}
        if referred:
            resource.pop("delete", None)
            resource["pendingReplacement"] = True
        else:
            self.resources.remove(resource)

    def _sort(self) -> None:
        """Bring every resource behind what it refers to, and leave the order as it is otherwise."""
        by_name: dict[str, list[Resource]] = {}
        for item in sorted(self.resources, key=lambda item: bool(item.get("delete"))):
            by_name.setdefault(item["urn"], []).append(item)
        placed: list[Resource] = []
        seen: set[int] = set()

        def place(item: Resource) -> None:
            if id(item) in seen:
                return
            seen.add(id(item))
            for urn in _needed(item):
                for other in by_name.get(urn, [])[:1]:
                    place(other)
            placed.append(item)

        for item in self.resources:
            place(item)
        self.resources[:] = placed


def _needed(resource: Mapping[str, Any]) -> Iterator[str]:
    """Names of everything that a resource refers to."""
    yield from (resource[key] for key in ("parent", "deletedWith", "viewOf") if resource.get(key))
    yield from (urn for urn in [str(resource.get("provider", "")).rpartition("::")[0]] if urn)
    for key in ("dependencies", "replaceWith"):
        yield from resource.get(key) or ()
    for urns in (resource.get("propertyDependencies") or {}).values():
        yield from urns or ()


def plain(value: Any) -> Any:
    """A value without what is secret or not known yet in it: an entry that has some is left out."""
    if isinstance(value, Mapping):
        found = {key: plain(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if not _is_hidden(value[key])}
    if isinstance(value, list):
        return [plain(item) for item in value if not _is_hidden(item)]
    return value


def _is_hidden(value: Any) -> bool:
    return value in HIDDEN if isinstance(value, str) else isinstance(value, Mapping) and HIDDEN[0] in value


def names(resources: Iterable[Mapping[str, Any]]) -> list[str]:
    """Their names, each once."""
    return list(dict.fromkeys(item["urn"] for item in resources))
