"""Helm releases made by Pulumi: a record of the release becomes what the chart brings.

The record is a ConfigMap labelled `owner=helm-sandbox` in the release's namespace, with `chart`, `version`, `values`
(JSON) and `name` in its data. `status` becomes `pending`, then `deployed` once everything is healthy, or `failed`, with
the reason in `message`. Deleting the record uninstalls the release: a finalizer holds it until the objects are asked to
go. CRDs that the chart keeps stay.

Argo CD's own start-up work is done here too, as it belongs to no chart: the Secrets with generated passwords and the
AppProject `default`. Not covered: history, rollback, installing without waiting; of hooks, what `hooks.py` says.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeGuard

from sandbox import kube
from sandbox.controllers import health, hooks, manifests
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.installer import Installer, is_kept, stamped
from sandbox.controllers.objects import encode, is_available, namespace_of, notes_of, patch, split
from sandbox.paths import Sandbox
from sandbox.rendering.package import ChartError
from sandbox.rendering.render import Release

RECORD: Final = ("v1", "ConfigMap")
OWNER: Final = ("owner", "helm-sandbox")
FINALIZER: Final = "sandbox.homelab/helm-release"
RELEASE_NAME: Final = "meta.helm.sh/release-name"
RELEASE_NAMESPACE: Final = "meta.helm.sh/release-namespace"
LOOK_AGAIN_SECONDS: Final = 0.5


class Releases(Controller):
    """Reconciles records of releases; keys are `namespace/name` of the record."""

    name = "helm"

    def __init__(self, environment: Environment, sandbox: Sandbox, *, starts_argo_cd: bool = True) -> None:
        """With `starts_argo_cd` it does what Argo CD does at its start; else it waits until a real one has."""
        super().__init__(environment)
        self.charts = manifests.Charts(sandbox, environment.hub)
        self.installer = Installer(environment=environment, manager="helm")
        self.starts_argo_cd = starts_argo_cd

    def setup(self) -> None:
        """Look at the records, and at what charts bring."""
        self.hub.on(*RECORD, self._record_changed)
        for kind in manifests.KINDS:
            self.hub.on(*kind, self._object_changed)

    def _record_changed(self, _event: str, obj: kube.Object) -> None:
        if _is_record(obj):
            self.queue.add(kube.name_of(obj))

    def _object_changed(self, event: str, obj: kube.Object) -> None:
        if event != "ADDED" and obj["kind"] in ("Deployment", "StatefulSet") and RELEASE_NAME in notes_of(obj):
            for record in self.hub.list(*RECORD, notes_of(obj).get(RELEASE_NAMESPACE)):
                self._record_changed(event, record)

    def reconcile(self, key: str) -> float | None:
        """Install, upgrade or uninstall one release."""
        namespace, name = split(key)
        record = self.hub.get(*RECORD, name, namespace)
        if record is None or not _is_record(record):
            return None
        finalizers = record["metadata"].get("finalizers") or []
        if "deletionTimestamp" in record["metadata"]:
            return self._uninstall(record, finalizers)
        if FINALIZER not in finalizers:
            patch(self.client, record, {"metadata": {"finalizers": [*finalizers, FINALIZER]}}, "helm")
        try:
            waits_for = self._install(record)
        except (ChartError, ValueError) as error:
            self._report(record, "failed", str(error))
            return None
        except (kube.ApiError, kube.NoSuchKindError) as error:
            self._report(record, "failed", str(error))
            raise
        again = self._start_argo_cd(namespace) if record["data"]["chart"] == "argo-cd" else None
        if waits_for or again:
            self._report(record, "pending", waits_for)
            return LOOK_AGAIN_SECONDS
        self._report(record, "deployed", "")
        return None

    def _install(self, record: kube.Object) -> str:
        """Apply everything; what is still waited for until all of it is healthy, empty if nothing is."""
        data = record["data"]
        namespace = namespace_of(record)
        release = Release(name=data["name"], namespace=namespace, values=json.loads(data.get("values") or "{}"))
        rendered = self.charts.release(
            chart=data["chart"],
            repository=data.get("repository") or None,
            version=data.get("version", ""),
            release=release,
        )
        self._hooks(record, rendered.hooks, hooks.PRE_SYNC)
        stamp = {RELEASE_NAME: data["name"], RELEASE_NAMESPACE: namespace}
        desired = stamped(rendered.objects, lambda _obj: stamp)
        for obj in desired:
            if self.installer.differs(obj):
                self.installer.apply(obj)
                self.say(kube.name_of(record), f"applied {obj['kind']} {kube.name_of(obj)}")
        wanted = {_identity(obj) for obj in desired}
        for obj in self._owned(record):
            if _identity(obj) not in wanted and not is_kept(obj):
                self.say(kube.name_of(record), f"removes {obj['kind']} {kube.name_of(obj)}")
                self.installer.remove(obj, propagation="Background")
        judged = [(obj, health.of(self.installer.find(obj))) for obj in desired]
        waiting = [
            f"{obj['kind']} {obj['metadata']['name']}: {found.message}" for obj, found in judged if _unfit(found)
        ]
        if not waiting:
            self._hooks(record, rendered.hooks, hooks.POST_SYNC)
        return "; ".join(waiting)

    def _hooks(self, record: kube.Object, found: Iterable[kube.Object], phase: str) -> None:
        for obj in hooks.due(found, phase):
            if self.installer.make(obj):
                self.say(kube.name_of(record), f"hook made {obj['kind']} {kube.name_of(obj)}")

    def _owned(self, record: kube.Object) -> list[kube.Object]:
        name, namespace = record["data"]["name"], namespace_of(record)

        def ours(obj: Mapping[str, Any]) -> bool:
            notes = notes_of(obj)
            return notes.get(RELEASE_NAME) == name and notes.get(RELEASE_NAMESPACE) == namespace

        return self.installer.owned(ours)

    def _uninstall(self, record: kube.Object, finalizers: list[str]) -> float | None:
        if FINALIZER not in finalizers:
            return None
        for obj in self._owned(record):
            if not is_kept(obj):
                self.installer.remove(obj, propagation="Background")
        self.say(kube.name_of(record), "uninstalled")
        rest = [finalizer for finalizer in finalizers if finalizer != FINALIZER]
        patch(self.client, record, {"metadata": {"finalizers": rest}}, "helm")
        return None

    def _report(self, record: kube.Object, status: str, message: str) -> None:
        data = record["data"]
        if data.get("status") == status and data.get("message", "") == message:
            return
        self.say(kube.name_of(record), f"{data['chart']} {data.get('version', '')}: {status} {message}".rstrip())
        body = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"status": status, "message": message}}
        meta = {"name": record["metadata"]["name"], "namespace": namespace_of(record)}
        self.client.apply({**body, "metadata": meta}, "helm-sandbox-controller", force=True)

    def _start_argo_cd(self, namespace: str) -> float | None:
        """What Argo CD's server does when it starts, once it runs."""
        if not is_available(self.hub.get("apps/v1", "Deployment", "argocd-server", namespace)):
            return LOOK_AGAIN_SECONDS
        if not self.starts_argo_cd:
            started = self.hub.get("v1", "Secret", "argocd-initial-admin-secret", namespace)
            return None if started else LOOK_AGAIN_SECONDS
        secret = self.hub.get("v1", "Secret", "argocd-secret", namespace)
        if secret is not None and "server.secretkey" not in (secret.get("data") or {}):
            # Nobody signs in here, so the password's hash is a stand-in that matches no password.
            generated = {
                "server.secretkey": secrets.token_urlsafe(32),
                "admin.password": "$2a$10$" + secrets.token_hex(26),
            }
            self._apply_secret("argocd-secret", namespace, generated)
            self._apply_secret("argocd-initial-admin-secret", namespace, {"password": secrets.token_urlsafe(12)})
            self.say(namespace, "argocd-server generated its secret key and the first admin password")
        if not self.hub.synced("argoproj.io/v1alpha1", "AppProject"):
            return LOOK_AGAIN_SECONDS
        if self.hub.get("argoproj.io/v1alpha1", "AppProject", "default", namespace) is None:
            everything = [{"group": "*", "kind": "*"}]
            project: kube.Object = {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "AppProject",
                "metadata": {"name": "default", "namespace": namespace},
                "spec": {
                    "sourceRepos": ["*"],
                    "destinations": [{"server": "*", "namespace": "*"}],
                    "clusterResourceWhitelist": everything,
                },
            }
            self.client.apply(project, "argocd-server", force=True)
        return None

    def _apply_secret(self, name: str, namespace: str, data: Mapping[str, str]) -> None:
        meta = {"name": name, "namespace": namespace}
        self.client.apply(
            {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": "Opaque", "data": encode(data)},
            "argocd-server",
            force=True,
        )


def _unfit(found: health.Health | None) -> TypeGuard[health.Health]:
    return found is not None and found.status != "Healthy"


def _is_record(obj: Mapping[str, Any]) -> bool:
    key, value = OWNER
    return bool((obj["metadata"].get("labels") or {}).get(key) == value and "chart" in (obj.get("data") or {}))


def _identity(obj: Mapping[str, Any]) -> tuple[str, str]:
    return obj["kind"], kube.name_of(obj)
