"""The steps of the drill, the same for whoever delivers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from drills.course import Course, Step
from drills.gitops import manifests
from drills.gitops.backends import Backend
from drills.gitops.delivery import Delivery
from drills.gitops.outside import Outside
from drills.gitops.seen import WELL, Seen

SOON: Final = 60.0
"""Seconds for what nobody has to wait for the next poll for."""
POLL: Final = 420.0
"""Seconds for what a poll brings: every 180, and one that comes too soon after the last look leaves it to the next."""
GIVEN_UP: Final = 420.0
"""Seconds until a sync is given up: it is tried again five times, after 10 seconds and then twice as many each time."""
QUIET: Final = 5.0
"""So many seconds nothing may happen where nothing is to happen."""
TELLS_NOBODY: Final = "not covered: the simulation tells nobody"


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What a developer goes through with the platform."""

    course: Course
    delivery: Delivery
    backend: Backend
    outside: Outside

    @property
    def seen(self) -> Seen:
        """What is looked at after each step."""
        return Seen(delivery=self.delivery, steady=("hello", "two"))

    def run(self) -> None:
        """Every step, in order: later ones go on from what the earlier have pushed."""
        self.new_folder()
        self.private_repository()
        self.change()
        self.rendered_folders()
        self.chart_without_a_text()
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
        self.quiet_log()

    def new_folder(self) -> None:
        """It becomes an Application, and that its objects."""
        with self._step("push a new folder", expected=WELL, within=SOON, essential=True) as step:
            deny = manifests.default_deny()
            self.delivery.push("hello", deny=deny, greeting=manifests.greeting("one"), web=manifests.web())
            step.until(lambda: self.delivery.state("hello"))
        with self._step("push another one", expected=WELL, within=SOON, essential=True) as step:
            self.delivery.push("other", greeting=manifests.greeting("untouched"))
            step.until(lambda: self.delivery.state("other"))

    def private_repository(self) -> None:
        """What was delivered so far was read by the credentials that the platform's vault has."""
        what, expected = "look at how the private repository is read", "by a token of the GitHub App"
        if not self.backend.has_credentials:
            self.course.cannot(what, expected=expected, why="not covered: the simulation has no credentials")
            return
        with self._step(what, expected=expected, within=SOON) as step:
            step.seen = expected if self.outside.github.readers else "not at all"

    def change(self) -> None:
        """A push is live at once: the webhook does not wait for the poll."""
        with self._step("push a change", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", greeting=manifests.greeting("two"))
            step.until(lambda: self.seen.live("hello", "two"))
        self._commit_state("wait for the state of the commit on GitHub", "success")

    def rendered_folders(self) -> None:
        """Charts and kustomizations of developers are rendered: by one push two folders."""
        with self._step("push a Helm chart and a kustomization", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push_all(
                {"chart": manifests.chart("by values"), "patched": manifests.kustomization("by a patch")}
            )
            step.until(lambda: self.seen.live("chart", "by values"))
        with self.course.step("look at the kustomization", expected=f"live; {WELL}", within=SOON) as step:
            step.until(lambda: self.seen.live("patched", "by a patch"))

    def chart_without_a_text(self) -> None:
        """What Helm says is the Application's reason, and what runs stays."""
        expected = "Unknown, with Helm's reason; the rest unharmed"

        def unharmed() -> str:
            found = self.seen.unharmed("chart", "Unknown", manifests.NEEDED, expected)
            return found if self.delivery.greeting("chart") == "by values" else "what ran is gone"

        with self._step("push values that the chart cannot be rendered with", expected=expected, within=SOON) as step:
            self.delivery.push("chart", values=manifests.values(""))
            step.until(unharmed)
            step.holds(unharmed, QUIET)
        with self._step("take them back", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("chart", values=manifests.values("by values again"))
            step.until(lambda: self.seen.live("chart", "by values again"))

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
            step.until(lambda: self.seen.unharmed("hello", "Unknown", "broken.yaml", expected))
            step.holds(lambda: self.seen.unharmed("hello", "Unknown", "broken.yaml", expected), QUIET)
        with self._step("mend it", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", broken=None)
            step.until(lambda: self.seen.live("hello", "two"))

    def refused_object(self) -> None:
        """The API server refuses an object: its reason is the Application's."""
        expected = "OutOfSync, with the reason; the rest unharmed"
        with self._step("push an object that the API server refuses", expected=expected, within=SOON) as step:
            self.delivery.push("hello", web=manifests.web(label="another"))
            step.until(lambda: self.seen.unharmed("hello", "OutOfSync", "selector", expected))
        self._discord()
        self._commit_state("wait for the state of the refused commit on GitHub", "failure")
        with self._step("take it back", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", web=manifests.web())
            step.until(lambda: self.seen.live("hello", "two"))

    def _discord(self) -> None:
        """Whoever cares is told what could not be delivered."""
        what, expected = "wait for what Discord is told of it", "told"
        if not self.backend.notifies:
            self.course.cannot(what, expected=expected, why=TELLS_NOBODY)
            return
        with self._step(what, expected=expected, within=GIVEN_UP) as step:
            step.until(lambda: self.outside.channel.heard("hello could not be synced"))

    def _commit_state(self, what: str, expected: str) -> None:
        """Whoever pushed sees on GitHub what came of it."""
        if not self.backend.notifies:
            self.course.cannot(what, expected=expected, why=TELLS_NOBODY)
            return
        with self._step(what, expected=expected, within=SOON) as step:
            key = (self.delivery.repository.head(), f"argocd/{self.delivery.name('hello')}")
            step.until(lambda: self.outside.github.states.get(key, "no state"))

    def quiet_log(self) -> None:
        """Whoever notifies has had no trouble with any Application, however little was known of it."""
        what, expected = "look for errors in the log of what notifies", "none"
        if not self.backend.notifies:
            self.course.cannot(what, expected=expected, why=TELLS_NOBODY)
            return
        with self._step(what, expected=expected, within=SOON) as step:
            errors = self.backend.errors_of_notifications()
            step.seen = f"{len(errors)}, the first: {errors[0]}" if errors else "none"

    def removed_file(self) -> None:
        """Its object goes, the others stay."""
        with self._step("remove a file", expected=f"pruned; {WELL}", within=SOON) as step:
            self.delivery.push("hello", web=None)
            step.until(lambda: f"{self.seen.deployment('hello')}; {self.delivery.state('hello')}")

    def removed_folder(self) -> None:
        """Its Application goes with all that it brought."""
        with self._step("remove a folder", expected="pruned, no Application", within=2 * SOON) as step:
            namespace = self.delivery.namespace("other")
            self.delivery.push("other")

            def gone() -> str:
                left = "pruned" if not self.seen.greeting_in(namespace) else "still there"
                return f"{left}, {self.delivery.state('other')}"

            step.until(gone)

    def changed_by_hand(self) -> None:
        """What Git says holds."""
        with self._step("change an object by hand", expected=f"live; {WELL}", within=SOON) as step:
            self._by_hand({"data": {"text": "by hand"}})
            step.until(lambda: self.seen.live("hello", "two"))

    def deleted_by_hand(self) -> None:
        """It comes back."""
        with self._step("delete an object by hand", expected=f"live; {WELL}", within=SOON) as step:
            cluster = self.delivery.cluster
            cluster.delete("v1", "ConfigMap", manifests.GREETING, self.delivery.namespace("hello"))
            step.until(lambda: self.seen.live("hello", "two"))

    def forbidden_kind(self) -> None:
        """The project permits no kinds of the whole cluster's."""
        expected = "refused by the project; the rest unharmed"
        with self._step("push a ClusterRole", expected=expected, within=SOON) as step:
            self.delivery.push("hello", role=manifests.cluster_role())
            role = ("rbac.authorization.k8s.io/v1", "ClusterRole", "developers-own")
            step.until(lambda: self.seen.refused("hello", *role))
        self._mend("role")

    def forbidden_namespace(self) -> None:
        """Nor any namespace of the platform's."""
        expected = "refused by the project; the rest unharmed"
        with self._step("push an object for another namespace", expected=expected, within=SOON) as step:
            self.delivery.push("hello", stray=manifests.greeting("stray", namespace="kube-system"))
            step.until(lambda: self.seen.refused("hello", "v1", "ConfigMap", manifests.GREETING, "kube-system"))
        self._mend("stray")

    def server_gone(self) -> None:
        """What was pushed while nobody could be asked arrives when the server is back; nothing goes meanwhile."""
        expected = "what runs goes on"
        with self._step("the Git server is gone, while somebody pushes", expected=expected, within=SOON) as step:
            self.outside.web.gone.add(self.delivery.host)
            self.delivery.push("hello", greeting=manifests.greeting("three"))
            step.holds(lambda: expected if self.delivery.greeting("hello") == "two" else "something changed", 2 * QUIET)
        with self._step("the Git server is back", expected=f"live; {WELL}", within=POLL) as step:
            self.outside.web.gone.discard(self.delivery.host)
            step.until(lambda: self.seen.live("hello", "three"))

    @contextmanager
    def _step(self, what: str, *, expected: str, within: float, essential: bool = False) -> Iterator[Step]:
        """A step that begins when nothing of the one before it is under way."""
        self.delivery.settle()
        with self.course.step(what, expected=expected, within=within, essential=essential) as step:
            yield step

    def _mend(self, name: str) -> None:
        with self._step(f"take it back ({name})", expected=f"live; {WELL}", within=SOON) as step:
            self.delivery.push("hello", **{name: None})
            step.until(lambda: self.seen.live("hello", "two"))

    def _by_hand(self, change: dict[str, object]) -> None:
        meta = {"name": manifests.GREETING, "namespace": self.delivery.namespace("hello")}
        body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, **change}
        self.delivery.cluster.apply(body, "somebody", force=True)
