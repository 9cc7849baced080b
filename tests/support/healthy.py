"""A platform in which every reference resolves, to break something in."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from doctor.snapshot import Snapshot

Object = dict[str, Any]


@dataclass
class Healthy:
    """Plain objects and a state, to break something in."""

    objects: list[Object]
    resources: list[Object] = field(default_factory=list)
    """Of the accounts, as in a state."""

    def snapshot(self) -> Snapshot:
        """As the wiring check reads it."""
        return Snapshot.of(self.objects, {"deployment": {"resources": self.resources}})

    def copy(self) -> Healthy:
        return copy.deepcopy(self)

    def get(self, kind: str, name: str, namespace: str = "") -> Object:
        """One object, to be changed."""
        found = [
            item
            for item in self.all(kind)
            if (item["metadata"].get("namespace", ""), item["metadata"]["name"]) == (namespace, name)
        ]
        assert len(found) == 1, f"{kind} {namespace}/{name}: found {len(found)}"
        return found[0]

    def all(self, kind: str) -> list[Object]:
        return [item for item in self.objects if item["kind"] == kind]

    def get_all(self, kind: str, label: str, value: str) -> list[Object]:
        """Every object of a kind that is labelled so."""
        return [item for item in self.all(kind) if (item["metadata"].get("labels") or {}).get(label) == value]

    def drop(self, kind: str, name: str, namespace: str = "") -> None:
        self.objects.remove(self.get(kind, name, namespace))

    def resource(self, kind: str, name: str) -> Object:
        """The properties of a resource of an account."""
        found: Object = self._resource(kind, name)["outputs"]
        return found

    def id_of(self, kind: str, name: str) -> str:
        """The id of a resource of an account."""
        return str(self._resource(kind, name)["id"])

    def drop_resource(self, kind: str, name: str) -> None:
        self.resources.remove(self._resource(kind, name))

    def _resource(self, kind: str, name: str) -> Object:
        found = [
            item for item in self.resources if item["type"].endswith(f":{kind}") and item["urn"].endswith(f"::{name}")
        ]
        assert len(found) == 1, f"{kind} {name}: found {len(found)}"
        return found[0]
