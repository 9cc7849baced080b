"""A cluster in memory, for controllers that make objects of objects."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.objects import encode

SPACE = "apps"
READY = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}


class World(kube.Client):
    """An API server's objects; what it is told, a hub hears at once."""

    hub: Hub
    objects: dict[tuple[str, str, str], dict[str, Any]]
    versions: itertools.count[int]

    def kind(self, api_version: str, kind: str) -> kube.Kind:
        cluster_wide = kind.startswith("ValidatingAdmissionPolicy") or kind == "Namespace"
        return kube.Kind(api_version=api_version, kind=kind, plural=kind, namespaced=not cluster_wide)

    def get(self, _api_version: str, kind: str, name: str, namespace: str | None = None) -> Any:
        return self.objects.get((kind, namespace or "", name))

    def apply(self, obj: Any, *_given: Any, **_more: Any) -> kube.Object:
        return self.have(obj)

    def delete(self, *given: Any, **_more: Any) -> None:
        _, kind, name, *space = given
        gone = self.objects.pop((kind, space[0] or "" if space else "", name), None)
        if gone and self.hub.watches(gone["apiVersion"], kind):
            meta = {**gone["metadata"], "resourceVersion": str(next(self.versions))}
            self.hub._event((gone["apiVersion"], kind), "DELETED", {**gone, "metadata": meta})

    def request(self, method: str, path: str, *, body: Any = None, **_options: Any) -> Any:
        assert method == "PATCH"
        *_, kind, name = [part for part in path.removesuffix("/status").split("/") if part]
        space = path.split("/namespaces/")[1].split("/", maxsplit=1)[0] if "/namespaces/" in path else ""
        return self._put(merged(self.objects[kind, space, name], body))

    def have(self, obj: Mapping[str, Any]) -> kube.Object:
        """Put an object there, over what there is of it."""
        meta = obj["metadata"]
        fresh = {"metadata": {"uid": f"uid-{next(self.versions)}", "generation": 1}}
        return self._put(merged(self.objects.get((obj["kind"], meta.get("namespace", ""), meta["name"]), fresh), obj))

    def _put(self, obj: kube.Object) -> kube.Object:
        meta = {**obj["metadata"], "resourceVersion": str(next(self.versions))}
        found = {**obj, "metadata": meta}
        self.objects[obj["kind"], meta.get("namespace", ""), meta["name"]] = found
        if self.hub.watches(obj["apiVersion"], obj["kind"]):
            self.hub._event((obj["apiVersion"], obj["kind"]), "MODIFIED", found)
        return found

    def secret(self, name: str, namespace: str = SPACE, **data: str) -> None:
        self.have(thing("Secret", name, namespace, data=encode(data)))

    def the(self, kind: str, name: str) -> dict[str, Any]:
        return self.objects[kind, SPACE, name]

    def named(self, kind: str) -> list[str]:
        return sorted(name for found, space, name in self.objects if (found, space) == (kind, SPACE))

    def start_pods(self) -> None:
        """What scheduler and kubelet do."""
        for (kind, _, _), obj in list(self.objects.items()):
            if kind == "Pod" and not obj.get("status"):
                self.have({**obj, "status": READY})

    def list(self, _api_version: str, kind: str, namespace: str | None = None, _selector: str | None = None) -> Any:
        found = [(space, obj) for (other, space, _), obj in self.objects.items() if other == kind]
        return [obj for space, obj in found if namespace in (None, space)]


def merged(old: Any, new: Any) -> Any:
    """A merge as the API server makes one: maps key by key, null removes, everything else is replaced."""
    if not isinstance(new, Mapping):
        return new
    known = old if isinstance(old, Mapping) else {}
    both = {**known, **{key: merged(known.get(key), value) for key, value in new.items()}}
    return {key: value for key, value in both.items() if value is not None}


def thing(kind: str, name: str, namespace: str = SPACE, version: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **more}
