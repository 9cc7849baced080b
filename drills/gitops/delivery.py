"""The developers' side of the platform, as the live objects have it: where they push, and what comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from drills.errors import DrillError
from drills.gitops.argocd import NAMESPACE
from drills.gitops.git import Commit, Repository, Server
from drills.gitops.manifests import GREETING
from sandbox import kube
from sandbox.paths import Sandbox

API: Final = "argoproj.io/v1alpha1"
REFRESH: Final = {
    "Application": "argocd.argoproj.io/refresh",
    "ApplicationSet": "argocd.argoproj.io/application-set-refresh",
}
"""Annotations by which Argo CD is asked to look at an object of a kind; it takes them off when it has."""
QUIET_SECONDS: Final = 1.0
SETTLED_SECONDS: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One sandbox's ApplicationSet over the developers' repository, and their clone of it."""

    cluster: kube.Client
    url: str
    """Address of the repository."""
    pattern: str
    """Folders of it that become Applications, as in `apps/*`."""
    repository: Repository
    told: Callable[[str, Commit], None]
    """What happens after a push, besides the push; with the repository's address."""

    @staticmethod
    def generator(cluster: kube.Client) -> Mapping[str, Any]:
        """The Git generator of the one ApplicationSet over folders.

        Raises:
            DrillError: there is none.
        """
        for found in cluster.list(API, "ApplicationSet", NAMESPACE):
            for generator in found["spec"]["generators"]:
                if (generator.get("git") or {}).get("directories"):
                    git: Mapping[str, Any] = generator["git"]
                    return git
        message = "no ApplicationSet over the folders of a Git repository"
        raise DrillError(message)

    @classmethod
    def found(cls, sandbox: Sandbox, server: Server, told: Callable[[str, Commit], None]) -> Delivery:
        """What the platform has made."""
        cluster = kube.Client.from_kubeconfig(sandbox.kubeconfig)
        git = cls.generator(cluster)
        pattern = next(entry["path"] for entry in git["directories"] if not entry.get("exclude"))
        url = git["repoURL"]
        repository = server.clone(urlsplit(url).path.strip("/"))
        return cls(cluster=cluster, url=url, pattern=pattern, repository=repository, told=told)

    @property
    def host(self) -> str:
        """Where the repository is."""
        return urlsplit(self.url).hostname or ""

    def push(self, folder: str, **files: str | None) -> Commit:
        """Change files of an application's folder; without any the folder goes."""
        return self.push_all({folder: files})

    def push_all(self, folders: Mapping[str, Mapping[str, str | None]]) -> Commit:
        """Change files of several applications' folders by one push."""
        changes: dict[str, str | None] = {}
        for folder, files in folders.items():
            place = self.pattern.replace("*", folder)
            changes |= {f"{place}/{name}.yaml": text for name, text in files.items()} or {place: None}
        commit = self.repository.push(changes)
        self.told(self.url, commit)
        return commit

    def settle(self) -> None:
        """Wait until every Application and ApplicationSet has been looked at that a webhook asked for.

        Of two webhooks within a second the real Argo CD loses the second, and what it told of waits for the next poll:
        it takes the request off the object when it has answered the first. Nobody pushes that quickly.
        """
        end = time.monotonic() + SETTLED_SECONDS
        time.sleep(QUIET_SECONDS)
        while time.monotonic() < end and self._asked_for():
            time.sleep(QUIET_SECONDS)

    def _asked_for(self) -> bool:
        return any(
            annotation in (found["metadata"].get("annotations") or {})
            for kind, annotation in REFRESH.items()
            for found in self.cluster.list(API, kind, NAMESPACE)
        )

    def application(self, folder: str) -> Mapping[str, Any] | None:
        """The Application of a folder."""
        place = self.pattern.replace("*", folder)
        for app in self.cluster.list(API, "Application", NAMESPACE):
            source = app["spec"].get("source") or {}
            if source.get("path") == place:
                return app
        return None

    def state(self, folder: str) -> str:
        """Sync and health of a folder's Application, with the kind of its complaint, if it has one."""
        app = self.application(folder)
        return "no Application" if app is None else state_of(app)

    def greeting(self, folder: str) -> str:
        """The text that is live; empty if there is none."""
        found = self.cluster.get("v1", "ConfigMap", GREETING, self.namespace(folder))
        return str(found["data"]["text"]) if found else ""

    def name(self, folder: str) -> str:
        """What a folder's Application is called; empty if there is none."""
        app = self.application(folder)
        return str(app["metadata"]["name"]) if app else ""

    def namespace(self, folder: str) -> str:
        """Where a folder's objects are."""
        app = self.application(folder)
        return str(app["spec"]["destination"]["namespace"]) if app else folder

    def complaint(self, folder: str) -> str:
        """Everything that its Application says is wrong."""
        app = self.application(folder) or {}
        status = app.get("status") or {}
        said = [condition.get("message", "") for condition in status.get("conditions") or []]
        operation = status.get("operationState") or {}
        results = (operation.get("syncResult") or {}).get("resources") or []
        return " ".join([*said, operation.get("message", ""), *(item.get("message", "") for item in results)])


def state_of(app: Mapping[str, Any]) -> str:
    """`Synced, Healthy`, or what there is instead."""
    status = app.get("status") or {}
    found = [
        (status.get("sync") or {}).get("status", "no sync"),
        (status.get("health") or {}).get("status", "no health"),
    ]
    return ", ".join(found)
