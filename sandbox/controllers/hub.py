"""One list and watch for each kind that any controller looks at, and a copy of its objects in memory.

A copy may be some milliseconds behind the server; whatever is decided on it is decided again when the next event comes.
It is never set back: what a controller got as the answer to a write may arrive before or after the events of other
writes, so an object is taken over only if its resource version is not older than the copy's, and not at all if it was
deleted after that version. Versions are compared as integers, which is what API servers make of etcd's revisions: all
kinds of one server share one count. Of two that are no integers the later to arrive counts as newer.

A listener hears of each version at most once and of the last one for certain: after a broken watch a new list is
compared with what listeners were told, not with the copies, which may have come by `put`.
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
    _told: dict[tuple[str, str], dict[tuple[str, str], str]] = field(default_factory=lambda: defaultdict(dict))
    """The version of each object that listeners were last told of."""
    _gone: dict[tuple[str, str], dict[tuple[str, str], str]] = field(default_factory=lambda: defaultdict(dict))
    """The version at which objects were deleted since the last list."""
    _listed: dict[tuple[str, str], str] = field(default_factory=dict)
    """The version of the last list: what is not in it and not newer is gone."""
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _crds: threading.Condition = field(default_factory=threading.Condition)
    _crd_changes: int = 0
    _last_crd_change: float = -CRD_SETTLES_SECONDS

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

    def watches(self, api_version: str, kind: str) -> bool:
        """Whether there are copies of a kind."""
        return (api_version, kind) in self._objects

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
        """Take over an object as the server answered it to a write, before its event arrives; unless it is outdated."""
        key = (obj["apiVersion"], obj["kind"])
        with self._lock:
            if key in self._objects:
                self._take(key, obj)

    def _take(self, key: tuple[str, str], obj: kube.Object) -> None:
        """Take an object over, unless the copy is newer or the object is gone."""
        name, version = _name(obj), _version(obj)
        known = self._objects[key].get(name)
        if known is not None:
            outdated = _is_newer(_version(known), version)
        else:
            last = self._gone[key].get(name) or self._listed.get(key, "0")
            outdated = version == last or _is_newer(last, version)
        if not outdated:
            self._objects[key][name] = obj

    def _run(self, api_version: str, kind: str) -> None:
        while not self.stopping.is_set():
            changes = self._crd_changes
            try:
                self._list_and_watch(api_version, kind)
            except kube.NoSuchKindError:
                self._forget(api_version, kind)
                self._wait_for_crds(changes)
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
        version = listing["metadata"]["resourceVersion"]
        with self._lock:
            copies, told = self._objects[key], self._told[key]
            gone = [obj for name, obj in copies.items() if name not in found and not _is_newer(_version(obj), version)]
            news = [item for name, item in found.items() if told.get(name) != _version(item)]
            known = set(told)
            for obj in gone:
                del copies[_name(obj)]
            for name, item in found.items():
                if name not in copies or not _is_newer(_version(copies[name]), _version(item)):
                    copies[name] = item
            self._listed[key] = version
            self._gone[key].clear()
        for obj in gone:
            self._tell(key, "DELETED", obj)
        for item in news:
            self._tell(key, "MODIFIED" if _name(item) in known else "ADDED", item)
        self._synced[key].set()
        for event, obj in self.client.watch(api_version, kind, resource_version=version):
            if self.stopping.is_set():
                return
            self._event(key, event, obj)

    def _event(self, key: tuple[str, str], event: str, obj: kube.Object) -> None:
        name, version = _name(obj), _version(obj)
        with self._lock:
            if event == "DELETED":
                known = self._objects[key].get(name)
                if known is None or not _is_newer(_version(known), version):
                    self._objects[key].pop(name, None)
                    self._gone[key][name] = version
            else:
                self._take(key, obj)
        self._tell(key, event, obj)

    def _tell(self, key: tuple[str, str], event: str, obj: kube.Object) -> None:
        with self._lock:
            if event == "DELETED":
                self._told[key].pop(_name(obj), None)
            else:
                self._told[key][_name(obj)] = _version(obj)
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
        with self._crds:
            self._last_crd_change = time.monotonic()
            self._crd_changes += 1
            self._crds.notify_all()

    def _wait_for_crds(self, seen: int) -> None:
        """Wait until a CRD changed that the last look, which began when `seen` had, may not have found."""
        if time.monotonic() - self._last_crd_change < CRD_SETTLES_SECONDS:
            self.stopping.wait(QUICK_SECONDS)
            return
        with self._crds:
            self._crds.wait_for(lambda: self._crd_changes != seen, SLOW_SECONDS)


def _name(obj: kube.Object) -> tuple[str, str]:
    metadata = obj["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _version(obj: kube.Object) -> str:
    return str(obj["metadata"].get("resourceVersion", ""))


def _is_newer(version: str, other: str) -> bool:
    """Whether a resource version is known to be newer than another one."""
    return version.isdecimal() and other.isdecimal() and int(version) > int(other)
