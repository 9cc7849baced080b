"""What is seen of a developer's folders, in the words that the steps expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drills.gitops import manifests
from drills.gitops.argocd import NAMESPACE
from drills.gitops.delivery import API, Delivery, state_of
from sandbox import kube

WELL: Final = "Synced, Healthy"


def all_of(cluster: kube.Client) -> str:
    """What every Application is, or what the first one is that is not well."""
    apps = cluster.list(API, "Application", NAMESPACE)
    ill = [f"{app['metadata']['name']}: {state_of(app)}" for app in apps if state_of(app) != WELL]
    return ill[0] if ill else WELL if apps else "none"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Looks at the live objects of one sandbox."""

    delivery: Delivery
    steady: tuple[str, str]
    """A folder and its text, which nothing that goes wrong may change."""

    def live(self, folder: str, text: str) -> str:
        """Whether a folder's text is live, and how its Application is."""
        found = self.delivery.greeting(folder)
        return f"{'live' if found == text else found or 'missing'}; {self.delivery.state(folder)}"

    def unharmed(self, folder: str, sync: str, reason: str, expected: str) -> str:
        """What is expected, or what is not as it has to be: the folder's sync, the reason for it, and all the rest."""
        state, complaint = self.delivery.state(folder), self.delivery.complaint(folder)
        if not state.startswith(sync):
            return state
        if reason not in complaint:
            return f"{state}, for another reason: {complaint}"
        rest = self._rest(folder)
        return expected if rest == WELL else f"{sync}; the rest: {rest}"

    def _rest(self, folder: str) -> str:
        """How everything is but the folder that is worked on, and whether what runs is still there."""
        name, text = self.steady
        if self.delivery.greeting(name) != text:
            return f"the text is {self.delivery.greeting(name) or 'gone'}"
        apps = self.delivery.cluster.list(API, "Application", NAMESPACE)
        own = (self.delivery.application(folder) or {"metadata": {"name": ""}})["metadata"]["name"]
        states = {app["metadata"]["name"]: state_of(app) for app in apps if app["metadata"]["name"] != own}
        return next((f"{name} is {state}" for name, state in states.items() if state != WELL), WELL)

    def refused(self, folder: str, api_version: str, kind: str, name: str, namespace: str | None = None) -> str:
        """Whether the project refused an object, and nothing else came of it."""
        if self.delivery.cluster.get(api_version, kind, name, namespace) is not None:
            return "it was made"
        return self.unharmed(folder, "OutOfSync", "not permitted", "refused by the project; the rest unharmed")

    def deployment(self, folder: str) -> str:
        """Whether a folder's Deployment is gone."""
        live = self.delivery.cluster.get("apps/v1", "Deployment", "web", self.delivery.namespace(folder))
        return "still there" if live else "pruned"

    def greeting_in(self, namespace: str) -> bool:
        """Whether there is a text in a namespace."""
        return self.delivery.cluster.get("v1", "ConfigMap", manifests.GREETING, namespace) is not None
