"""The operator's loop: what it looks at, and who sees to which kind."""

from __future__ import annotations

from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import admission, installation, names
from sandbox.controllers.cnpg.backups import Backups, Schedules
from sandbox.controllers.cnpg.clusters import Clusters
from sandbox.controllers.cnpg.installation import Operator
from sandbox.controllers.cnpg.roles import Databases
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.cron import Schedule
from sandbox.controllers.installer import Installer
from sandbox.controllers.objects import namespace_of

KINDS: Final = (names.CLUSTER, names.DATABASE, names.BACKUP, names.SCHEDULE)
AROUND: Final = (names.SECRET, names.SERVICE, names.CONFIG_MAP, names.CLAIM, names.POD, names.ENDPOINTS, names.STORE)
"""What a Cluster may wait for, in its own namespace."""
POLICIES: Final = "policies"


class CloudNativePg(Controller):
    """Reconciles CloudNativePG's kinds; keys are `Kind/namespace/name`, and `policies`."""

    name = "cnpg"

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.clusters = Clusters(environment)
        self.databases = Databases(environment)
        self.backups = Backups(environment)
        self.schedules = Schedules(environment)
        self.installer = Installer(environment=environment, manager=names.MANAGER)

    def setup(self) -> None:
        """Look at its kinds, at what they are made of, and at operator and plugins."""
        for kind in KINDS:
            self.hub.on(*kind, self._changed)
        for kind in AROUND:
            self.hub.on(*kind, self._around_changed)
        for kind in (names.BUDGET, ("v1", "Namespace")):
            self.hub.on(*kind)
        self.hub.on(*names.DEPLOYMENT, self._deployment_changed)

    def _changed(self, _event: str, obj: kube.Object) -> None:
        self.queue.add(_key(obj))
        if obj["kind"] == "Cluster":
            # Its databases wait for it, and are let go when it is gone.
            self._all(names.DATABASE, namespace_of(obj))

    def _around_changed(self, _event: str, obj: kube.Object) -> None:
        self._all(names.CLUSTER, namespace_of(obj))
        if obj["kind"] in ("Secret", "Service"):
            operator = installation.find(self.hub)
            if operator and operator.namespace == namespace_of(obj):
                self._all(names.CLUSTER)

    def _deployment_changed(self, _event: str, deployment: kube.Object) -> None:
        if installation.is_operator(deployment):
            self.queue.add(POLICIES)
            for kind in KINDS:
                self._all(kind)
        elif _may_be_plugin(deployment):
            self._all(names.CLUSTER)

    def _all(self, kind: tuple[str, str], namespace: str | None = None) -> None:
        for obj in self.hub.list(*kind, namespace):
            self.queue.add(_key(obj))

    def reconcile(self, key: str) -> float | None:
        """See to one object, as long as the operator runs."""
        if key == POLICIES:
            self._see_to_policies()
            return None
        kind, namespace, name = key.split("/")
        obj = self.hub.get(names.VERSION, kind, name, namespace)
        operator = installation.find(self.hub)
        if operator is None or not operator.watches(namespace):
            return None
        if obj is None:
            self._release(kind, namespace, name)
            return None
        if "deletionTimestamp" in obj["metadata"] and kind != "Database":
            return None
        return self._see_to(kind, obj, operator)

    def _see_to(self, kind: str, obj: kube.Object, operator: Operator) -> float | None:
        if kind == "Cluster":
            return self.clusters.reconcile(obj, operator)
        if kind == "Database":
            return self.databases.reconcile(obj, operator)
        if kind == "Backup":
            return self.backups.reconcile(obj, operator)
        try:
            Schedule(obj["spec"]["schedule"])
        except ValueError as error:
            self.say(kube.name_of(obj), str(error))
            return None
        return self.schedules.reconcile(obj)

    def _release(self, kind: str, namespace: str, name: str) -> None:
        """A Cluster that is gone holds none of its databases any more."""
        if kind == "Cluster":
            for database in self.hub.list(*names.DATABASE, namespace):
                if database["spec"]["cluster"]["name"] == name:
                    self.databases.release(database)

    def _see_to_policies(self) -> None:
        there = any(installation.is_operator(item) for item in self.hub.list(*names.DEPLOYMENT))
        for policy in admission.policies():
            if there and self.installer.differs(policy):
                self.installer.apply(policy)
            elif not there:
                self.client.delete(policy["apiVersion"], policy["kind"], policy["metadata"]["name"])


def _may_be_plugin(deployment: kube.Object) -> bool:
    text: Any = deployment["metadata"].get("labels") or {}
    return "plugin" in str(text.get("app.kubernetes.io/name", ""))


def _key(obj: kube.Object) -> str:
    return f"{obj['kind']}/{namespace_of(obj)}/{obj['metadata']['name']}"
