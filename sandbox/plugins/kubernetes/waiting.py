"""Waiting for an object by watching it."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from sandbox.kube import ApiError, Client, NotReachableError, Object
from sandbox.plugins.kubernetes.identity import Identity, of_object
from sandbox.plugins.kubernetes.verdict import Probe, Verdict, waiting

WINDOW_SECONDS: Final = 5
"""Longest single watch: so soon a cancelled update is noticed."""
PAUSE_SECONDS: Final = 0.5
"""Before a watch that broke off is begun again."""


class NotReadyError(Exception):
    """An object did not become ready: what it is like now, and what is missing."""

    def __init__(self, live: Object, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.live = live
        self.reasons = reasons


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """Waits on behalf of one provider; `stopped` is set when the engine cancels."""

    client: Client
    stopped: threading.Event = field(default_factory=threading.Event)
    tell: Callable[[str], None] = lambda _message: None
    """Says to the user what is waited for; nothing any more when the wait is over."""

    def until(self, live: Object, probe: Probe, deadline: float) -> Object:
        """The object once the probe finds it ready; NotReadyError if it fails or the deadline (monotonic) passes."""
        verdict = probe(live)
        if verdict.ready:
            return live
        while not verdict.ready:
            self._give_up(live, verdict, deadline)
            live, verdict = self._look(live, verdict, probe, deadline)
        self.tell("")
        return live

    def _look(self, live: Object, verdict: Verdict, probe: Probe, deadline: float) -> tuple[Object, Verdict]:
        """The object and the verdict on it after one more watch of it."""
        identity, there = of_object(live), False
        for event, obj in self._window(identity, deadline):
            there = event != "DELETED"
            live, verdict = obj, probe(obj)
            if verdict.ready or verdict.fatal or not there:
                break
        if not there and not self.client.get(identity.api_version, identity.kind, identity.name, identity.namespace):
            raise NotReadyError(live, ("it was deleted while it was waited for",))
        return live, verdict

    def until_all(
        self,
        live: Object,
        kind: tuple[str, str],
        selector: str,
        judge: Callable[[list[Object]], Verdict],
        deadline: float,
    ) -> None:
        """Wait until `judge` finds the objects of `kind` in the object's namespace that match `selector` ready."""
        identity, verdict = of_object(live), waiting("nothing is known of it yet")
        while not verdict.ready:
            self._give_up(live, verdict, deadline)
            known: dict[str, Object] = {}
            for event, obj in self._events(
                lambda: self.client.watch(*kind, identity.namespace, seconds=self._seconds(deadline), selector=selector)
            ):
                name = obj["metadata"]["name"]
                if event == "DELETED":
                    known.pop(name, None)
                else:
                    known[name] = obj
                verdict = judge(list(known.values()))
                if verdict.ready or verdict.fatal:
                    break

    def until_gone(self, live: Object, deadline: float) -> None:
        """Wait until an object whose deletion was asked for is gone; NotReadyError says what keeps it."""
        identity, uid = of_object(live), live["metadata"]["uid"]
        version = live["metadata"]["resourceVersion"]
        while True:
            for event, obj in self._window(identity, deadline, version):
                if event == "DELETED" or obj["metadata"]["uid"] != uid:
                    return
                live = obj
            found = self.client.get(identity.api_version, identity.kind, identity.name, identity.namespace)
            if found is None or found["metadata"]["uid"] != uid:
                return
            live, version = found, found["metadata"]["resourceVersion"]
            self._give_up(live, waiting(*_kept_by(live)), deadline)

    def _window(self, identity: Identity, deadline: float, version: str = "") -> Iterator[tuple[str, Object]]:
        return self._events(
            lambda: self.client.watch(
                identity.api_version,
                identity.kind,
                identity.namespace,
                seconds=self._seconds(deadline),
                field_selector=f"metadata.name={identity.name}",
                resource_version=version,
            )
        )

    def _events(self, watch: Callable[[], Iterator[tuple[str, Object]]]) -> Iterator[tuple[str, Object]]:
        """The events of one watch; one that breaks off ends early, and a pause keeps the next from coming at once."""
        try:
            yield from watch()
        except (ApiError, NotReachableError):
            self.stopped.wait(PAUSE_SECONDS)

    @staticmethod
    def _seconds(deadline: float) -> int:
        return max(1, min(WINDOW_SECONDS, math.ceil(deadline - time.monotonic())))

    def _give_up(self, live: Object, verdict: Verdict, deadline: float) -> None:
        if verdict.fatal or time.monotonic() >= deadline:
            raise NotReadyError(live, verdict.missing)
        if self.stopped.is_set():
            raise NotReadyError(live, ("the wait was cancelled", *verdict.missing))
        self.tell(f"waiting: {'; '.join(verdict.missing)}")


def _kept_by(live: Object) -> tuple[str, ...]:
    """Why an object that is being deleted is still there."""
    kept = []
    finalizers = [*(live["metadata"].get("finalizers") or []), *((live.get("spec") or {}).get("finalizers") or [])]
    if finalizers:
        kept.append(f"finalizers keep it: {', '.join(finalizers)}")
    kept.extend(
        entry.get("message") or entry["type"]
        for entry in (live.get("status") or {}).get("conditions") or []
        if entry.get("type", "").startswith("Namespace") and entry.get("status") == "True"
    )
    return tuple(kept) or ("it is still there",)
