"""One list and watch for each kind that any controller looks at, and a copy of its objects in memory.

A copy may be some milliseconds behind the server; whatever is decided on it is decided again when the next event comes.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sandbox import kube
from sandbox.controllers.log import Log

Listener = Callable[[str, kube.Object], None]
"""Called with `ADDED`, `MODIFIED` or `DELETED` and the object; it must not block."""

CRD: Final = ("apiextensions.k8s.io/v1", "CustomResourceDefinition")
QUICK_SECONDS: Final = 0.25
"""Between two looks for an unknown kind while CRDs are changing: `pulumi up` waits for what follows."""
SLOW_SECONDS: Final = 3.0
CRD_SETTLES_SECONDS: Final = 15.0
"""So long after the last change of a CRD its kind may still be missing from discovery."""
RECONNECT_SECONDS: Final = 0.5


@dataclass
class Hub:
    """Copies of the cluster's objects by kind, and who is told when one changes."""

    client: kube.Client
    log: Log
    stopping: threading.Event
    _objects: dict[tuple[str, str], dict[tuple[str, str], kube.Object]] = field(default_factory=dict)
    _listeners: dict[tuple[str, str], list[Listener]] = field(default_factory=lambda: defaultdict(list))
    _synced: dict[tuple[str, str], threading.Event] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _crds_changed: threading.Event = field(default_factory=threading.Event)
    _last_crd_change: float = 0.0

    def on(self, api_version: str, kind: str, listener: Listener | None = None) -> None:
        """Keep a copy of a kind from `start` on, and tell the listener of every change."""
        key = (api_version, kind)
        self._objects.setdefault(key, {})
        self._synced.setdefault(key, threading.Event())
        if listener:
            self._listeners[key].append(listener)

    def start(self) -> None:
        """Start one thread for each kind. Kinds that the server does not know yet are waited for."""
        self.on(*CRD, self._crd_event)
        for key in self._objects:
            threading.Thread(target=self._run, args=key, name=f"watch-{key[1]}", daemon=True).start()

    def wait(self, api_version: str, kind: str, seconds: float) -> bool:
        """Whether the copy of a kind was filled within so many seconds."""
        return self._synced[(api_version, kind)].wait(seconds)

    def synced(self, api_version: str, kind: str) -> bool:
        """Whether the copy of a kind holds what the server had: otherwise that an object is missing means nothing."""
        return self._synced[(api_version, kind)].is_set()

    def get(self, api_version: str, kind: str, name: str, namespace: str = "") -> kube.Object | None:
        """The copy of one object. It is shared: never change it."""
        with self._lock:
            return self._objects[(api_version, kind)].get((namespace, name))

    def list(self, api_version: str, kind: str, namespace: str | None = None) -> list[kube.Object]:
        """The copies of every object of a kind, in one namespace or in all."""
        with self._lock:
            objects = self._objects[(api_version, kind)]
            return [value for (space, _), value in objects.items() if namespace is None or space == namespace]

    def put(self, obj: kube.Object) -> None:
        """Take over an object as the server answered it to a write, before its event arrives."""
        key = (obj["apiVersion"], obj["kind"])
        with self._lock:
            if key in self._objects:
                self._objects[key][_name(obj)] = obj

    def _run(self, api_version: str, kind: str) -> None:
        while not self.stopping.is_set():
            try:
                self._list_and_watch(api_version, kind)
            except kube.NoSuchKindError:
                self._forget(api_version, kind)
                self._wait_for_crds()
            except kube.ApiError as error:
                if error.status == 404:
                    self._forget(api_version, kind)
                self.stopping.wait(RECONNECT_SECONDS)
            except (kube.NotReachableError, OSError):
                self.stopping.wait(RECONNECT_SECONDS)

    def _list_and_watch(self, api_version: str, kind: str) -> None:
        path = self.client.kind(api_version, kind).path()
        listing = self.client.request("GET", path)
        key = (api_version, kind)
        found = {_name(item): {"apiVersion": api_version, "kind": kind, **item} for item in listing["items"]}
        with self._lock:
            before = dict(self._objects[key])
        for name, gone in before.items():
            if name not in found:
                self._event(key, "DELETED", gone)
        for name, item in found.items():
            if name not in before:
                self._event(key, "ADDED", item)
            elif before[name]["metadata"]["resourceVersion"] != item["metadata"]["resourceVersion"]:
                self._event(key, "MODIFIED", item)
        self._synced[key].set()
        version = listing["metadata"]["resourceVersion"]
        for event, obj in self.client.watch(api_version, kind, resource_version=version):
            if self.stopping.is_set():
                return
            self._event(key, event, obj)

    def _event(self, key: tuple[str, str], event: str, obj: kube.Object) -> None:
        with self._lock:
            if event == "DELETED":
                self._objects[key].pop(_name(obj), None)
            else:
                self._objects[key][_name(obj)] = obj
        for listener in self._listeners[key]:
            listener(event, obj)

    def _forget(self, api_version: str, kind: str) -> None:
        key = (api_version, kind)
        self._synced[key].clear()
        with self._lock:
            gone = list(self._objects[key].values())
        for obj in gone:
            self._event(key, "DELETED", obj)

    def _crd_event(self, _event: str, _crd: kube.Object) -> None:
        self._last_crd_change = time.monotonic()
        self._crds_changed.set()

    def _wait_for_crds(self) -> None:
        recently = time.monotonic() - self._last_crd_change < CRD_SETTLES_SECONDS
        self._crds_changed.clear()
        if recently:
            self.stopping.wait(QUICK_SECONDS)
        else:
            self._crds_changed.wait(SLOW_SECONDS)


def _name(obj: kube.Object) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]
