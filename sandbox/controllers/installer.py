"""Applies the objects of a release and takes them away again, for Argo CD and for Helm alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import kube
from sandbox.controllers import manifests
from sandbox.controllers.controller import Environment
from sandbox.controllers.objects import contains, namespace_of, notes_of


@dataclass(frozen=True, kw_only=True)
class Installer:
    """Brings objects into the cluster as one field manager."""

    environment: Environment
    manager: str

    def find(self, obj: Mapping[str, Any]) -> kube.Object | None:
        """The live object, from the copy in memory; of a kind that nobody watches, from the server."""
        meta = obj["metadata"]
        if not self.environment.hub.watches(obj["apiVersion"], obj["kind"]):
            try:
                return self.environment.client.get(
                    obj["apiVersion"], obj["kind"], meta["name"], namespace_of(obj) or None
                )
            except kube.NoSuchKindError:
                return None
        return self.environment.hub.get(obj["apiVersion"], obj["kind"], meta["name"], namespace_of(obj))

    def differs(self, desired: Mapping[str, Any]) -> bool:
        """Whether the live object is missing or is not as desired."""
        live = self.find(desired)
        if live is None:
            return True
        if desired["kind"] == "CustomResourceDefinition":
            # Its annotations hold the digest of the rest.
            return not contains(notes_of(live), notes_of(desired))
        return not contains(live, desired)

    def apply(self, desired: Mapping[str, Any]) -> None:
        """Apply one object over whoever changed it. ApiError and NoSuchKindError as the server says."""
        applied = self.environment.client.apply(desired, self.manager, force=True)
        self.environment.hub.put(applied)

    def owned(self, ours: Callable[[Mapping[str, Any]], bool]) -> list[kube.Object]:
        """Every live object of the kinds that charts bring and of which `ours` holds."""
        hub = self.environment.hub
        return [obj for kind in manifests.KINDS for obj in hub.list(*kind) if ours(obj)]

    def remove(self, obj: Mapping[str, Any], *, propagation: str = "Foreground") -> None:
        """Ask for an object's deletion, once."""
        meta = obj["metadata"]
        if "deletionTimestamp" not in meta:
            space = namespace_of(obj) or None
            self.environment.client.delete(obj["apiVersion"], obj["kind"], meta["name"], space, propagation=propagation)


def stamped(
    objects: Iterable[Mapping[str, Any]], stamp: Callable[[Mapping[str, Any]], Mapping[str, str]]
) -> list[kube.Object]:
    """The objects with the annotations that say whose they are."""
    return [{**obj, "metadata": {**obj["metadata"], "annotations": {**notes_of(obj), **stamp(obj)}}} for obj in objects]


def is_kept(obj: Mapping[str, Any]) -> bool:
    """Whether Helm leaves the object when its release goes."""
    return notes_of(obj).get("helm.sh/resource-policy") == "keep"


def outlives_application(obj: Mapping[str, Any]) -> bool:
    """Whether Argo CD leaves the object when its Application goes: any CRD, and what says so of itself."""
    return obj["kind"] == "CustomResourceDefinition" or is_kept(obj) or "Delete=false" in _sync_options(obj)


def may_be_pruned(obj: Mapping[str, Any]) -> bool:
    """Whether Argo CD removes the object when its Application goes on without it: Helm's word counts for nothing here.

    Nor is a CRD spared.
    """
    return "Prune=false" not in _sync_options(obj)


def _sync_options(obj: Mapping[str, Any]) -> list[str]:
    return [item.strip() for item in notes_of(obj).get("argocd.argoproj.io/sync-options", "").split(",")]
