"""The loop that every simulated controller is made of: a queue of keys, one worker, retries with back-off."""

from __future__ import annotations

import heapq
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sandbox import kube
from sandbox.controllers.hub import Hub
from sandbox.controllers.log import Log

FIRST_RETRY_SECONDS: Final = 0.2
LAST_RETRY_SECONDS: Final = 10.0


Probe = Callable[[kube.Object], str]
"""Why the program in a workload does not serve although its pods are ready; empty if it does, or is another's."""


class WorkQueue:
    """Keys to look at, each once, at the earliest at its time. Safe to use from several threads."""

    def __init__(self) -> None:
        self._due: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self._wake = threading.Condition()

    def add(self, key: str, delay: float = 0.0) -> None:
        """Put a key in, due in so many seconds; an earlier time that it already has stays."""
        at = time.monotonic() + delay
        with self._wake:
            if self._due.get(key, at + 1) > at:
                self._due[key] = at
                heapq.heappush(self._heap, (at, key))
                self._wake.notify()

    def take(self, seconds: float) -> str | None:
        """The next due key, or None if there is none within so many seconds."""
        end = time.monotonic() + seconds
        with self._wake:
            while True:
                now = time.monotonic()
                while self._heap and self._due.get(self._heap[0][1]) != self._heap[0][0]:
                    heapq.heappop(self._heap)
                if self._heap and self._heap[0][0] <= now:
                    _, key = heapq.heappop(self._heap)
                    del self._due[key]
                    return key
                if now >= end:
                    return None
                self._wake.wait(min(end, self._heap[0][0] if self._heap else end) - now)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What every controller works with."""

    client: kube.Client
    hub: Hub
    log: Log
    probes: list[Probe] = field(default_factory=list)
    """Asked before a workload counts as healthy: readiness probes, as kwok's pods have none."""


class Controller(ABC):
    """A simulated controller: `setup` says what it looks at, `reconcile` brings one key's world in order."""

    name: str

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.client = environment.client
        self.hub = environment.hub
        self.log = environment.log
        self.queue = WorkQueue()
        self._failures: dict[str, int] = {}

    @abstractmethod
    def setup(self) -> None:
        """Register with the hub for every kind that it looks at."""

    @abstractmethod
    def reconcile(self, key: str) -> float | None:
        """Compare and act for a key. In so many seconds it is called again; on None only when something changes."""

    def say(self, subject: str, what: str) -> None:
        """One line of log."""
        self.log.say(self.name, subject, what)

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop. What fails is tried again, later and later, up to every 10 seconds."""
        while not stopping.is_set():
            key = self.queue.take(0.5)
            if key is None:
                continue
            try:
                again = self.reconcile(key)
            except (kube.ApiError, kube.NoSuchKindError, kube.NotReachableError, OSError) as error:
                self._retry(key, str(error))
                continue
            except Exception as error:  # noqa: BLE001 - one odd object must not stop a controller, as in the real ones
                self._retry(key, f"{type(error).__name__}: {error}")
                continue
            self._failures.pop(key, None)
            if again is not None:
                self.queue.add(key, again)

    def _retry(self, key: str, why: str) -> None:
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.say(key, f"will be tried again: {why}")
        self.queue.add(key, min(FIRST_RETRY_SECONDS * 2**failures, LAST_RETRY_SECONDS))
