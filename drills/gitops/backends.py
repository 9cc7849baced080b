"""Who delivers: the real Argo CD, or the sandbox's simulation of it."""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from drills.course import FAILURES, Step
from drills.errors import DrillError
from drills.gitops import webhook
from drills.gitops.argocd import ArgoCd
from drills.gitops.git import Commit
from sandbox.controllers.applicationsets import ApplicationSets
from sandbox.controllers.argocd import ArgoCd as Simulation
from sandbox.engine import Engine

HOOKED: tuple[str, ...] = ("server", "applicationset-controller-webhook")
"""Both get every webhook: one looks at Applications, the other at ApplicationSets."""

NO_SECRET_YET: Final = re.compile(r"error getting api from namespace|Failed to get api")
"""What the notifications controller says of an Application while its services cannot be made."""

GONE: Final = re.compile(r"Failed to patch resource: applications\.argoproj\.io \S+ not found")
"""What it says of one that goes while it looks at it."""


class Backend(ABC):
    """What delivers in one sandbox."""

    name: ClassVar[str]
    without: ClassVar[tuple[str, ...]] = ()
    """Simulated controllers that it takes the place of."""
    hears_webhooks: ClassVar[bool]
    notifies: ClassVar[bool]
    has_credentials: ClassVar[bool]
    """Whether it can read a private repository."""

    @abstractmethod
    @contextmanager
    def alongside(self, engine: Engine, step: Step) -> Iterator[None]:
        """Come up while the engine works; what fails in that fails the step."""

    @abstractmethod
    def errors_of_notifications(self) -> list[str]:
        """What whoever notifies has written into its log as an error."""

    @abstractmethod
    def told(self, url: str, commit: Commit) -> None:
        """Hear of a push, as from GitHub."""

    @abstractmethod
    def forged(self, url: str, commit: Commit) -> str:
        """What comes of a webhook that is signed by somebody who does not know the secret."""


@dataclass(kw_only=True)
class Real(Backend):
    """The real Argo CD."""

    name: ClassVar[str] = "Argo CD"
    without: ClassVar[tuple[str, ...]] = (Simulation.name, ApplicationSets.name)
    hears_webhooks: ClassVar[bool] = True
    notifies: ClassVar[bool] = True
    has_credentials: ClassVar[bool] = True
    tools: Mapping[str, Path]
    argocd: ArgoCd | None = None

    @contextmanager
    def alongside(self, engine: Engine, step: Step) -> Iterator[None]:
        """Its programs start as soon as its release has written what they run on."""
        argocd = self.argocd = ArgoCd(sandbox=engine.sandbox, tools=self.tools)
        left = threading.Event()

        def start() -> None:
            try:
                if argocd.wait_for_release(left):
                    argocd.start()
            except FAILURES as error:
                step.fail(error)

        thread = threading.Thread(target=start, name="argo-cd", daemon=True)
        thread.start()
        try:
            yield
        finally:
            left.set()
            thread.join()
        argocd.restart_changed()

    def errors_of_notifications(self) -> list[str]:
        """The lines of that level in the controller's log, but for those that have to be.

        Argo CD comes before the vault: without it the controller cannot begin. If it never did, nobody would be told.
        """
        expected = (NO_SECRET_YET, GONE)
        lines = self._running.errors("notifications-controller")
        return [line for line in lines if not any(pattern.search(line) for pattern in expected)]

    def told(self, url: str, commit: Commit) -> None:
        """Both of its Services get the webhook.

        Raises:
            DrillError: it has no secret, or one refuses.
        """
        secret = self._running.webhook_secret()
        if not secret:
            message = "Argo CD has no secret for webhooks"
            raise DrillError(message)
        for part, status in self._sent(url, commit, secret):
            if status != 200:
                message = f"the webhook was refused by {part}: HTTP {status}"
                raise DrillError(message)

    def forged(self, url: str, commit: Commit) -> str:
        """Each of its Services has to refuse it."""
        taken = [part for part, status in self._sent(url, commit, "guessed") if status < 400]
        return f"taken by {', '.join(taken)}" if taken else "refused"

    def _sent(self, url: str, commit: Commit, secret: str) -> list[tuple[str, int]]:
        body = webhook.payload(url, commit)
        return [(part, webhook.send(self._running.url(part), body, secret)) for part in HOOKED]

    @property
    def _running(self) -> ArgoCd:
        if self.argocd is None:
            message = "Argo CD does not run"
            raise DrillError(message)
        return self.argocd


class Simulated(Backend):
    """The sandbox's own."""

    name: ClassVar[str] = "simulated"
    hears_webhooks: ClassVar[bool] = False
    notifies: ClassVar[bool] = False
    has_credentials: ClassVar[bool] = False

    @contextmanager
    def alongside(self, engine: Engine, step: Step) -> Iterator[None]:
        """It runs already."""
        del engine, step
        yield

    def errors_of_notifications(self) -> list[str]:
        """It tells nobody."""
        return []

    def told(self, url: str, commit: Commit) -> None:
        """It looks for changes by itself, every few seconds."""

    def forged(self, url: str, commit: Commit) -> str:
        """It listens to nobody."""
        del url, commit
        message = "the simulation hears no webhooks"
        raise DrillError(message)
