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
        """The live object: from the copy in memory, or from the server if there is no copy of its kind."""
        meta, environment = obj["metadata"], self.environment
        kind, space = (obj["apiVersion"], obj["kind"]), namespace_of(obj)
        if environment.hub.watches(*kind):
            return environment.hub.get(*kind, meta["name"], space)
        try:
            return environment.client.get(*kind, meta["name"], space or None)
        except kube.NoSuchKindError:
            return None

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

    def make(self, desired: Mapping[str, Any]) -> bool:
        """Apply an object once: what is there already stays as it is. Whether there was none."""
        missing = self.find(desired) is None
        if missing:
            self.apply(desired)
        return missing

    def owned(
        self, ours: Callable[[Mapping[str, Any]], bool], more: Iterable[tuple[str, str]] = ()
    ) -> list[kube.Object]:
        """Every live object of which `ours` holds: of the kinds that are looked at, and of some more."""
        environment = self.environment
        found = [obj for kind in manifests.KINDS for obj in environment.hub.list(*kind)]
        for kind in set(more) - set(manifests.KINDS):
            found += environment.client.list(*kind)
        return [obj for obj in found if ours(obj)]

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

    CRDs never come so far, as they bear no mark.
    """
    return "Prune=false" not in _sync_options(obj)


def _sync_options(obj: Mapping[str, Any]) -> list[str]:
    return [item.strip() for item in notes_of(obj).get("argocd.argoproj.io/sync-options", "").split(",")]
