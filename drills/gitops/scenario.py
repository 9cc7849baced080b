"""The steps of the drill, the same for whoever delivers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from drills.course import Course, Step
from drills.gitops import manifests
from drills.gitops.argocd import NAMESPACE
from drills.gitops.backends import Backend
from drills.gitops.delivery import API, Delivery, state_of
from drills.gitops.homelab import Channel
from drills.home import up
from drills.web import Web
from sandbox import kube
from sandbox.engine import Engine

WELL: Final = "Synced, Healthy"
SOON: Final = 60.0
"""Seconds for what nobody has to wait for the next poll for."""
POLL: Final = 420.0
"""Seconds for what a poll brings: every 180, and one that comes too soon after the last look leaves it to the next."""
UP: Final = 900.0
GIVEN_UP: Final = 420.0
"""Seconds until a sync is given up: it is tried again five times, after 10 seconds and then twice as many each time."""
QUIET: Final = 5.0
"""So many seconds nothing may happen where nothing is to happen."""


def bring_up(course: Course, engine: Engine, backend: Backend) -> None:
    """The whole platform, from one `pulumi up`."""
    with course.step("pulumi up of the whole platform", expected="up", within=UP, essential=True) as step:
        with backend.alongside(engine, step):
            up(engine)
        step.seen = "up"
    cluster = kube.Client.from_kubeconfig(engine.sandbox.kubeconfig)
    with course.step("the platform's own charts", expected=WELL, within=SOON) as step:
        step.until(lambda: _all(cluster))


def _all(cluster: kube.Client) -> str:
    """What every Application is, or what the first one is that is not well."""
    apps = cluster.list(API, "Application", NAMESPACE)
    ill = [f"{app['metadata']['name']}: {state_of(app)}" for app in apps if state_of(app) != WELL]
    return ill[0] if ill else WELL if apps else "none"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What a developer goes through with the platform."""

    course: Course
    delivery: Delivery
    backend: Backend
    web: Web
    channel: Channel

    def run(self) -> None:
        """Every step, in order: later ones go on from what the earlier have pushed."""
        self.new_folder()
        self.change()
        self.forged_webhook()
        self.broken_manifest()
        self.refused_object()
        self.removed_file()
        self.removed_folder()
        self.changed_by_hand()
        self.deleted_by_hand()
        self.forbidden_kind()
        self.forbidden_namespace()
        self.server_gone()

    def new_folder(self) -> None:
        """It becomes an Application, and that its objects."""
        with self._step("push a new folder", expected=WELL, within=SOON, essential=True) as step:
            deny = manifests.default_deny()
            self.delivery.push("hello", deny=deny, greeting=manifests.greeting("one"), web=manifests.web())
            step.until(lambda: self.delivery.state("hello"))
        with self._step("push another one", expected=WELL, within=SOON, essential=True) as step:
            self.delivery.push("other", greeting=manifests.greeting("untouched"))
            step.until(lambda: self.delivery.state("other"))

    def change(self) -> None:
        """A push is live at once: the webhook does not wait for the poll."""
        with self._step("push a change", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", greeting=manifests.greeting("two"))
            step.until(lambda: self._live("hello", "two"))

    def forged_webhook(self) -> None:
        """Signed with another secret it is refused."""
        what, expected = "send a webhook with a forged signature", "refused"
        if not self.backend.hears_webhooks:
            self.course.cannot(what, expected=expected, why="not covered: the simulation polls and hears no webhooks")
            return
        with self._step(what, expected=expected, within=SOON) as step:
            commit = self.delivery.repository.push({"README.md": "Nothing that anybody applies.\n"})
            step.seen = self.backend.forged(self.delivery.url, commit)

    def broken_manifest(self) -> None:
        """It says so and leaves alone what runs; so does every other folder."""
        expected = "Unknown, with the reason; the rest unharmed"
        with self._step("push a file that is no YAML", expected=expected, within=SOON) as step:
            self.delivery.push("hello", broken=manifests.broken())
            step.until(lambda: self._unharmed("hello", "Unknown", "broken.yaml", expected))
            step.holds(lambda: self._unharmed("hello", "Unknown", "broken.yaml", expected), QUIET)
        with self._step("mend it", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", broken=None)
            step.until(lambda: self._live("hello", "two"))

    def refused_object(self) -> None:
        """The API server refuses an object: its reason is the Application's."""
        expected = "OutOfSync, with the reason; the rest unharmed"
        with self._step("push an object that the API server refuses", expected=expected, within=SOON) as step:
            self.delivery.push("hello", web=manifests.web(label="another"))
            step.until(lambda: self._unharmed("hello", "OutOfSync", "selector", expected))
        self._discord()
        with self._step("take it back", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", web=manifests.web())
            step.until(lambda: self._live("hello", "two"))

    def _discord(self) -> None:
        """Whoever cares is told what could not be delivered."""
        what, expected = "wait for what Discord is told of it", "told"
        if not self.backend.notifies:
            self.course.cannot(what, expected=expected, why="not covered: the simulation tells nobody")
            return
        with self._step(what, expected=expected, within=GIVEN_UP) as step:
            step.until(lambda: self.channel.heard("hello could not be synced"))

    def removed_file(self) -> None:
        """Its object goes, the others stay."""
        with self._step("remove a file", expected=f"pruned; {WELL}", within=SOON) as step:
            self.delivery.push("hello", web=None)
            step.until(lambda: f"{self._deployment('hello')}; {self.delivery.state('hello')}")

    def removed_folder(self) -> None:
        """Its Application goes with all that it brought."""
        with self._step("remove a folder", expected="pruned, no Application", within=2 * SOON) as step:
            namespace = self.delivery.namespace("other")
            self.delivery.push("other")

            def gone() -> str:
                left = "pruned" if not self._greeting_in(namespace) else "still there"
                return f"{left}, {self.delivery.state('other')}"

            step.until(gone)

    def changed_by_hand(self) -> None:
        """What Git says holds."""
        with self._step("change an object by hand", expected=f"live; {WELL}", within=SOON) as step:
            self._by_hand({"data": {"text": "by hand"}})
            step.until(lambda: self._live("hello", "two"))

    def deleted_by_hand(self) -> None:
        """It comes back."""
        with self._step("delete an object by hand", expected=f"live; {WELL}", within=SOON) as step:
            cluster = self.delivery.cluster
            cluster.delete("v1", "ConfigMap", manifests.GREETING, self.delivery.namespace("hello"))
            step.until(lambda: self._live("hello", "two"))

    def forbidden_kind(self) -> None:
        """The project permits no kinds of the whole cluster's."""
        expected = "refused by the project; the rest unharmed"
        with self._step("push a ClusterRole", expected=expected, within=SOON) as step:
            self.delivery.push("hello", role=manifests.cluster_role())
            step.until(lambda: self._refused("hello", "rbac.authorization.k8s.io/v1", "ClusterRole", "developers-own"))
        self._mend("role")

    def forbidden_namespace(self) -> None:
        """Nor any namespace of the platform's."""
        expected = "refused by the project; the rest unharmed"
        with self._step("push an object for another namespace", expected=expected, within=SOON) as step:
            self.delivery.push("hello", stray=manifests.greeting("stray", namespace="kube-system"))
            step.until(lambda: self._refused("hello", "v1", "ConfigMap", manifests.GREETING, "kube-system"))
        self._mend("stray")

    def server_gone(self) -> None:
        """What was pushed while nobody could be asked arrives when the server is back; nothing goes meanwhile."""
        expected = "what runs goes on"
        with self._step("the Git server is gone, while somebody pushes", expected=expected, within=SOON) as step:
            self.web.gone.add(self.delivery.host)
            self.delivery.push("hello", greeting=manifests.greeting("three"))
            step.holds(lambda: expected if self.delivery.greeting("hello") == "two" else "something changed", 2 * QUIET)
        with self._step("the Git server is back", expected=f"live; {WELL}", within=POLL) as step:
            self.web.gone.discard(self.delivery.host)
            step.until(lambda: self._live("hello", "three"))

    @contextmanager
    def _step(self, what: str, *, expected: str, within: float, essential: bool = False) -> Iterator[Step]:
        """A step that begins when nothing of the one before it is under way."""
        self.delivery.settle()
        with self.course.step(what, expected=expected, within=within, essential=essential) as step:
            yield step

    def _mend(self, name: str) -> None:
        with self._step(f"take it back ({name})", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", **{name: None})
            step.until(lambda: self._live("hello", "two"))

    def _live(self, folder: str, text: str) -> str:
        found = self.delivery.greeting(folder)
        return f"{'live' if found == text else found or 'missing'}; {self.delivery.state(folder)}"

    def _unharmed(self, folder: str, sync: str, reason: str, expected: str) -> str:
        """What is expected, or what is not as it has to be."""
        state, complaint = self.delivery.state(folder), self.delivery.complaint(folder)
        if not state.startswith(sync):
            return state
        if reason not in complaint:
            return f"{state}, for another reason: {complaint}"
        return expected if self._rest() == WELL else f"{sync}; the rest: {self._rest()}"

    def _rest(self) -> str:
        """How everything is but the folder that is worked on, and whether that one's objects are still there."""
        if self.delivery.greeting("hello") != "two":
            return f"the text is {self.delivery.greeting('hello') or 'gone'}"
        apps = self.delivery.cluster.list(API, "Application", NAMESPACE)
        own = (self.delivery.application("hello") or {"metadata": {"name": ""}})["metadata"]["name"]
        states = {app["metadata"]["name"]: state_of(app) for app in apps if app["metadata"]["name"] != own}
        return next((f"{name} is {state}" for name, state in states.items() if state != WELL), WELL)

    def _refused(self, folder: str, api_version: str, kind: str, name: str, namespace: str | None = None) -> str:
        if self.delivery.cluster.get(api_version, kind, name, namespace) is not None:
            return "it was made"
        return self._unharmed(folder, "OutOfSync", "not permitted", "refused by the project; the rest unharmed")

    def _deployment(self, folder: str) -> str:
        live = self.delivery.cluster.get("apps/v1", "Deployment", "web", self.delivery.namespace(folder))
        return "still there" if live else "pruned"

    def _greeting_in(self, namespace: str) -> bool:
        return self.delivery.cluster.get("v1", "ConfigMap", manifests.GREETING, namespace) is not None

    def _by_hand(self, change: dict[str, object]) -> None:
        meta = {"name": manifests.GREETING, "namespace": self.delivery.namespace("hello")}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, **change}
        self.delivery.cluster.apply(body, "somebody", force=True)
