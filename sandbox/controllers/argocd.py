"""Argo CD's application controller: an `Application` of a known chart becomes the chart's objects.

It acts once Argo CD itself runs in the Application's namespace. It checks the AppProject, applies what Helm renders of
the charts, reverts changes (selfHeal), prunes, and is Healthy only when the cluster says so of every object. What its
charts do not bring any more is pruned, what Helm would keep included, unless its annotation says `Prune=false`; CRDs
bear no mark of whose they are, and so stay. Deleted with its finalizer, it takes its objects along, but neither a CRD
nor what says that it stays.

A folder of a Git repository is looked at every few seconds, where the real one waits three minutes or hears a webhook;
what is in the cluster stays as it is while the folder cannot be rendered. A status names its branch, not its commit.

Not covered: manual syncs, sync waves, Argo CD's own hooks (of Helm's, what `hooks.py` says), diff customisations, Argo
CD's notifications. A failed sync is tried again for ever, as selfHeal does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import yaml

from sandbox import kube
from sandbox.controllers import folders, health, hooks, manifests, projects
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.folders import FolderError
from sandbox.controllers.git import GitError, Repositories
from sandbox.controllers.installer import Installer, may_be_pruned, outlives_application, stamped
from sandbox.controllers.objects import (
    is_available,
    namespace_of,
    notes_of,
    patch,
    same_but_times,
    split,
)
from sandbox.controllers.outcome import Outcome, resource
from sandbox.controllers.waiting import reason_of
from sandbox.paths import Sandbox
from sandbox.rendering import kinds
from sandbox.rendering.package import ChartError
from sandbox.rendering.render import Release, Rendered, plain

APPLICATION: Final = ("argoproj.io/v1alpha1", "Application")
PROJECT: Final = ("argoproj.io/v1alpha1", "AppProject")
STATEFUL_SET: Final = ("apps/v1", "StatefulSet")
NAMESPACE: Final = ("v1", "Namespace")
TRACKING: Final = "argocd.argoproj.io/tracking-id"
FINALIZER: Final = "resources-finalizer.argocd.argoproj.io"
CONTROLLER_LABEL: Final = "argocd-application-controller"
LOOK_AGAIN_SECONDS: Final = 0.5
"""While an Application is not healthy: the reason may change without any of its objects changing."""
GIT_SECONDS: Final = 3.0
"""Between two looks at a Git repository."""
SOON_SECONDS: Final = 0.3
"""While something is about to happen that brings no event: objects going away, copies being filled."""


class ArgoCd(Controller):
    """Reconciles Applications; keys are `namespace/name`."""

    name = "argocd"

    def __init__(self, environment: Environment, sandbox: Sandbox) -> None:
        super().__init__(environment)
        self.charts = manifests.Charts(sandbox, environment.hub)
        self._left_out: dict[str, str] = {}
        self.installer = Installer(environment=environment, manager="argocd-controller")
        self.repositories = Repositories.of(sandbox)

    def setup(self) -> None:
        """Look at Applications, projects and everything that charts bring."""
        self.hub.on(*APPLICATION, lambda _event, app: self.queue.add(kube.name_of(app)))
        self.hub.on(*PROJECT, lambda _event, project: self._all(namespace_of(project)))
        self.hub.on("v1", "Pod")
        for kind in manifests.KINDS:
            self.hub.on(*kind, self._object_changed)

    def _all(self, namespace: str | None = None) -> None:
        for app in self.hub.list(*APPLICATION, namespace):
            self.queue.add(kube.name_of(app))

    def _object_changed(self, event: str, obj: kube.Object) -> None:
        owner = notes_of(obj).get(TRACKING, "").partition(":")[0]
        if obj["kind"] == "StatefulSet" and _is_controller(obj):
            self._all(namespace_of(obj))
        elif obj["kind"] == "Namespace" and event != "MODIFIED":
            self._all()
        if owner:
            for app in self.hub.list(*APPLICATION):
                if app["metadata"]["name"] == owner:
                    self.queue.add(kube.name_of(app))

    def reconcile(self, key: str) -> float | None:
        """Bring one Application's objects in order and say in its status how they are."""
        namespace, name = split(key)
        app = self.hub.get(*APPLICATION, name, namespace)
        if app is None or not self._running(namespace):
            return None
        if "deletionTimestamp" in app["metadata"]:
            return self._delete(app)
        if not self.hub.synced(*PROJECT):
            return SOON_SECONDS
        refusal = self._problem(app)
        if refusal:
            self._write(app, refusal)
            return None
        from_git = any(not source.get("chart") for source in projects.sources_of(app))
        rest = GIT_SECONDS if from_git else None
        try:
            rendered = self._rendered(app)
        except (ChartError, FolderError, GitError) as error:
            self._write(app, Outcome.refused("ComparisonError", f"Failed to load target state: {error}"))
            return rest
        self._tell_left_out(app, rendered)
        outcome = self._sync(app, rendered)
        self._write(app, outcome)
        return rest if outcome.done else LOOK_AGAIN_SECONDS

    def _running(self, namespace: str) -> bool:
        return any(
            is_available(workload) for workload in self.hub.list(*STATEFUL_SET, namespace) if _is_controller(workload)
        )

    def _problem(self, app: Mapping[str, Any]) -> Outcome | None:
        spec = app["spec"]
        project = self.hub.get(*PROJECT, spec.get("project") or "default", namespace_of(app))
        message = projects.application_problem(app, project)
        if message:
            return Outcome.refused("InvalidSpecError", message)
        return None

    def _rendered(self, app: Mapping[str, Any]) -> Rendered:
        """What all its sources bring, each object with the annotation that says whose it is."""
        name, sources = app["metadata"]["name"], projects.sources_of(app)
        parts = []
        for number, source in enumerate(sources, 1):
            try:
                parts.append(self._of_source(app, source))
            except ChartError as error:
                where = f"failed to generate manifest for source {number} of {len(sources)}"
                raise ChartError(f"{where}: {error}") from error
        objects = [obj for part in parts for obj in part.objects]
        return Rendered(
            objects=tuple(stamped(objects, lambda obj: {} if _is_crd(obj) else {TRACKING: _tracking(name, obj)})),
            hooks=tuple(hook for part in parts for hook in part.hooks),
            left_out=tuple(obj for part in parts for obj in part.left_out),
        )

    def _of_source(self, app: Mapping[str, Any], source: Mapping[str, Any]) -> Rendered:
        if not source.get("chart"):
            return Rendered(objects=tuple(self._from_git(app, source, str(source.get("targetRevision", "")))))
        helm = source.get("helm") or {}
        release = Release(
            name=helm.get("releaseName") or app["metadata"]["name"],
            namespace=app["spec"]["destination"].get("namespace", ""),
            values=_values(helm),
            skip_crds=bool(helm.get("skipCrds")),
        )
        version = str(source.get("targetRevision", ""))
        return self.charts.release(
            chart=source["chart"], repository=source["repoURL"], version=version, release=release
        )

    def _from_git(self, app: Mapping[str, Any], source: Mapping[str, Any], revision: str) -> list[kube.Object]:
        url = source["repoURL"]
        root = self.repositories.folder(url, self.repositories.commit(url, revision))
        namespace = app["spec"]["destination"].get("namespace", "")
        made = folders.render(root, source.get("path", "."), name=app["metadata"]["name"], namespace=namespace)
        return kinds.in_order(plain(self._placed(obj, namespace)) for obj in made)

    def _placed(self, obj: kube.Object, namespace: str) -> kube.Object:
        """An object in the Application's namespace, if it has none of its own and its kind is in one."""
        try:
            namespaced = self.client.kind(obj["apiVersion"], obj["kind"]).namespaced
        except kube.NoSuchKindError:
            namespaced = True
        if not namespaced or obj["metadata"].get("namespace"):
            return obj
        return {**obj, "metadata": {**obj["metadata"], "namespace": namespace}}

    def _tell_left_out(self, app: Mapping[str, Any], rendered: Rendered) -> None:
        """Say once what the sandbox leaves out of an Application."""
        key = kube.name_of(app)
        names = ", ".join(f"{obj['kind']} {obj['metadata']['name']}" for obj in rendered.left_out)
        if names and self._left_out.get(key) != names:
            self._left_out[key] = names
            self.say(key, f"leaves out what cannot work without containers: {names}")

    def _sync(self, app: Mapping[str, Any], rendered: Rendered) -> Outcome:
        desired = list(rendered.objects)
        policy = app["spec"].get("syncPolicy") or {}
        automated = policy.get("automated")
        errors = self._refused(app, desired)
        extra = self._extra(app, desired)
        if automated is not None and automated.get("enabled", True) and not errors:
            errors = self._namespace(app, policy)
            if not errors:
                self._hooks(app, rendered, hooks.PRE_SYNC)
                errors = self._apply(app, desired)
            if automated.get("prune"):
                pruned = [obj for obj in extra if may_be_pruned(obj)]
                for obj in pruned:
                    self.say(kube.name_of(app), f"prunes {obj['kind']} {kube.name_of(obj)}")
                    self.installer.remove(obj)
                extra = [obj for obj in extra if obj not in pruned]
        different = [obj for obj in desired if self.installer.differs(obj)]
        judged = [(obj, self._health(obj)) for obj in desired]
        whole = health.worst(found for _, found in judged if found)
        if automated is not None and not different and whole == health.HEALTHY:
            self._hooks(app, rendered, hooks.POST_SYNC)
        return Outcome(
            sync="OutOfSync" if different or extra else "Synced",
            health=whole,
            resources=[resource(obj, found, synced=obj not in different) for obj, found in judged],
            condition=_sync_error(errors),
        )

    def _hooks(self, app: Mapping[str, Any], rendered: Rendered, phase: str) -> None:
        for obj in hooks.due(rendered.hooks, phase):
            if self.installer.make(obj):
                self.say(kube.name_of(app), f"{phase} made {obj['kind']} {kube.name_of(obj)}")

    def _health(self, obj: kube.Object) -> health.Health | None:
        live = self.installer.find(obj)
        found = health.of(live)
        if not found or not live:
            return found
        if found.status == "Progressing":
            why = reason_of(self.hub, live)
            return health.Health(found.status, f"{found.message}: {why}") if why else found
        if found.status == "Healthy" and live["kind"] in ("Deployment", "StatefulSet"):
            why = next((said for probe in self.environment.probes if (said := probe(live))), "")
            return health.Health("Progressing", f"not ready: {why}") if why else found
        return found

    def _refused(self, app: Mapping[str, Any], desired: list[kube.Object]) -> list[str]:
        project = self.hub.get(*PROJECT, app["spec"].get("project") or "default", namespace_of(app))
        problems = []
        for obj in desired:
            namespaced = bool(namespace_of(obj))
            problem = project and projects.object_problem(project, obj, namespaced=namespaced)
            if problem and problem not in problems:
                problems.append(problem)
        return problems

    def _namespace(self, app: Mapping[str, Any], policy: Mapping[str, Any]) -> list[str]:
        """Make the Application's namespace if that is asked for; what the project says against it."""
        name = app["spec"]["destination"].get("namespace", "")
        if "CreateNamespace=true" not in (policy.get("syncOptions") or []) or self.hub.get(*NAMESPACE, name):
            return []
        metadata: dict[str, Any] = {"name": name, **(policy.get("managedNamespaceMetadata") or {})}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        errors = self._refused(app, [namespace])
        if not errors:
            self.say(kube.name_of(app), f"creates Namespace {name}")
            self.installer.apply(namespace)
        return errors

    def _apply(self, app: Mapping[str, Any], desired: list[kube.Object]) -> list[str]:
        errors = []
        for obj in desired:
            if not self.installer.differs(obj):
                continue
            try:
                self.installer.apply(obj)
            except (kube.ApiError, kube.NoSuchKindError) as error:
                errors.append(f"{obj['kind']} {kube.name_of(obj)}: {error}")
            else:
                self.say(kube.name_of(app), f"applied {obj['kind']} {kube.name_of(obj)}")
        return errors

    def _extra(self, app: Mapping[str, Any], desired: list[kube.Object]) -> list[kube.Object]:
        wanted = {notes_of(obj)[TRACKING] for obj in desired if not _is_crd(obj)}
        prefix = f"{app['metadata']['name']}:"

        def is_extra(obj: Mapping[str, Any]) -> bool:
            tracking = notes_of(obj).get(TRACKING, "")
            return tracking.startswith(prefix) and tracking not in wanted and tracking == _tracking(prefix[:-1], obj)

        before = ((app.get("status") or {}).get("resources")) or []
        return self.installer.owned(is_extra, [_kind(item) for item in before])

    def _delete(self, app: kube.Object) -> float | None:
        finalizers = app["metadata"].get("finalizers") or []
        ours = [finalizer for finalizer in finalizers if finalizer.startswith(FINALIZER)]
        if not ours:
            return None
        propagation = "Background" if ours[0].endswith("/background") else "Foreground"
        left = [obj for obj in self._extra(app, []) if not outlives_application(obj)]
        for obj in left:
            self.installer.remove(obj, propagation=propagation)
        if left:
            return SOON_SECONDS
        self.say(kube.name_of(app), "deleted with its objects")
        rest = [finalizer for finalizer in finalizers if finalizer not in ours]
        patch(self.client, app, {"metadata": {"finalizers": rest}}, self.installer.manager)
        return None

    def _write(self, app: kube.Object, outcome: Outcome) -> None:
        status = outcome.status(app)
        current = app.get("status") or {}
        if same_but_times({key: current.get(key) for key in status}, status):
            return
        reason = outcome.reason()
        said = f"{outcome.sync}, {outcome.health.status}" + (f": {reason}" if reason else "")
        self.say(kube.name_of(app), said)
        patch(self.client, app, {"status": status}, self.installer.manager)


def _is_controller(workload: Mapping[str, Any]) -> bool:
    labels = workload["metadata"].get("labels") or {}
    return bool(labels.get("app.kubernetes.io/name") == CONTROLLER_LABEL)


def _values(helm: Mapping[str, Any]) -> Mapping[str, Any]:
    """The chart's values: `valuesObject`, or the older text `values`."""
    values = helm.get("valuesObject") or yaml.safe_load(helm.get("values") or "") or {}
    if not isinstance(values, Mapping):
        raise ChartError("helm values must be a map")
    if helm.get("parameters") or helm.get("valueFiles"):
        raise ChartError("the sandbox knows Helm values as spec.source.helm.valuesObject only")
    return values


def _kind(item: Mapping[str, str]) -> tuple[str, str]:
    """API version and kind of an object as an Application's status lists it."""
    return "/".join(part for part in (item.get("group"), item["version"]) if part), item["kind"]


def _is_crd(obj: Mapping[str, Any]) -> bool:
    """CRDs bear no mark of whose they are: Argo CD cannot tell one that is not wanted any more."""
    return bool(obj["kind"] == "CustomResourceDefinition")


def _tracking(name: str, obj: Mapping[str, Any]) -> str:
    group = obj["apiVersion"].rpartition("/")[0]
    return f"{name}:{group}/{obj['kind']}:{namespace_of(obj)}/{obj['metadata']['name']}"


def _sync_error(errors: list[str]) -> dict[str, str] | None:
    if not errors:
        return None
    message = f"one or more synchronization tasks are not valid: {'; '.join(errors)}"
    return {"type": "SyncError", "message": f"Failed last sync attempt: {message}"}
