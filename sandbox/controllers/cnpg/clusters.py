"""Brings one Cluster about, step by step, and says how far it has come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import waiting
from sandbox.controllers.cnpg import archives, belongings, credentials, installation, instances, names, roles, sidecar
from sandbox.controllers.cnpg.cluster import Cluster
from sandbox.controllers.cnpg.installation import Operator
from sandbox.controllers.cnpg.reporting import archiving, ready, report
from sandbox.controllers.controller import Environment
from sandbox.controllers.installer import Installer
from sandbox.controllers.objects import contains, is_ready, namespace_of, notes_of, now, patch
from sandbox.plugins.kubernetes.quantity import amount

LOOK_AGAIN_SECONDS: Final = 2.0
STORE_MISSING: Final = "barman object configuration not found, requeuing: {store}"


class Clusters:
    """Reconciles Clusters."""

    def __init__(self, environment: Environment) -> None:
        self.client = environment.client
        self.hub = environment.hub
        self.installer = Installer(environment=environment, manager=names.MANAGER)

    def reconcile(self, obj: kube.Object, operator: Operator) -> float | None:
        """Take the next step. In so many seconds it wants to be called again; on None it is well."""
        cluster = Cluster(obj=obj, config=operator.config)
        for plugin in cluster.plugins:
            problem = installation.plugin_problem(self.hub, operator, plugin)
            if problem:
                return self._stop(cluster, *problem)
        for desired in belongings.of_cluster(cluster):
            self._bring(desired)
        self._trim_budgets(cluster)
        self._make_secrets(cluster)
        self._copy_queries(cluster, operator)
        stores, missing = archives.stores_of(self.hub, cluster)
        if missing:
            return self._stop(cluster, names.PLUGIN_FAILURE, STORE_MISSING.format(store=missing[0]))
        if stores:
            for desired in sidecar.rights(cluster, stores):
                self._bring(desired)
        return self._instances(cluster, operator, stores)

    def _stop(self, cluster: Cluster, phase: str, reason: str) -> float:
        report(self.client, cluster.obj, {"phase": phase, "phaseReason": reason}, ready(phase))
        return LOOK_AGAIN_SECONDS

    def _bring(self, desired: kube.Object) -> None:
        if self.installer.differs(desired):
            self.installer.apply(desired)

    def _trim_budgets(self, cluster: Cluster) -> None:
        wanted = {obj["metadata"]["name"] for obj in belongings.budgets(cluster)}
        for budget in self.hub.list(*names.BUDGET, cluster.namespace):
            if is_own(cluster, budget) and budget["metadata"]["name"] not in wanted:
                self.installer.remove(budget)

    def _make_secrets(self, cluster: Cluster) -> None:
        """Secrets are made once: a password that somebody changes stays, and is the one that counts."""
        for name in credentials.of_tls(cluster):
            if self._lacks(cluster, name):
                self.installer.apply(credentials.tls_secret(cluster, name))
        if not cluster.own_secret and self._lacks(cluster, cluster.app_secret):
            self.installer.apply(credentials.app_secret(cluster))
        superuser = credentials.superuser_secret(cluster)
        if superuser and self._lacks(cluster, superuser["metadata"]["name"]):
            self.installer.apply(superuser)

    def _lacks(self, cluster: Cluster, secret: str) -> bool:
        # Asked of the server: a copy that is behind would cost a password that somebody has already read.
        return self.client.get(*names.SECRET, secret, cluster.namespace) is None

    def _copy_queries(self, cluster: Cluster, operator: Operator) -> None:
        source = self.hub.get(*names.CONFIG_MAP, belongings.QUERIES, operator.namespace)
        if source and operator.namespace != cluster.namespace:
            meta = {"name": belongings.QUERIES, "namespace": cluster.namespace, "labels": {names.RELOAD: ""}}
            self._bring({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": source.get("data") or {}})

    def _instances(self, cluster: Cluster, operator: Operator, stores: list[kube.Object]) -> float | None:
        serials = self._serials(cluster) or [1]
        primary = str(cluster.status.get("currentPrimary") or instances.instance(cluster, serials[0]))
        for serial in serials:
            for claim in instances.claims(cluster, serial):
                self._claim(claim)
        problem = self._first_problem(cluster, stores)
        if problem:
            reason = f"Creating primary instance {primary}: {problem}"
            return self._stop(cluster, names.FIRST_PRIMARY, reason)
        injected = sidecar.of_stores(cluster, installation.sidecar_image(self.hub, operator), stores)
        pods: dict[str, kube.Object] = {}
        for serial in serials:
            name = instances.instance(cluster, serial)
            wanted = instances.pod(cluster, serial, operator.image, injected, primary=name == primary)
            pods[name] = self._pod(wanted)
        running = [name for name, pod in pods.items() if is_ready(pod)]
        phase, reason = self._next(cluster, pods, running, primary)
        failing = archives.problem_of(self.hub, stores[0]) if stores and cluster.archives_wal else ""
        self._report(cluster, (phase, reason), pods, primary, failing)
        return None if phase == names.HEALTHY else LOOK_AGAIN_SECONDS

    def _serials(self, cluster: Cluster) -> list[int]:
        """The instances that there are: those with a claim for data."""
        return sorted(
            int(notes_of(claim)[names.SERIAL])
            for claim in self.hub.list(*names.CLAIM, cluster.namespace)
            if is_own(cluster, claim)
            and "deletionTimestamp" not in claim["metadata"]
            and claim["metadata"]["labels"].get(names.CLAIM_ROLE) == instances.DATA
        )

    def _first_problem(self, cluster: Cluster, stores: list[kube.Object]) -> str:
        """What keeps the first instance from its first start."""
        if cluster.status.get("currentPrimary"):
            return ""
        if cluster.own_secret:
            secret = self.hub.get(*names.SECRET, cluster.own_secret, cluster.namespace)
            if secret is None:
                return f'secrets "{cluster.own_secret}" not found'
            for key in ("username", "password"):
                if key not in (secret.get("data") or {}):
                    return f"missing key {key}, inside secret {cluster.own_secret}"
        problem = archives.recovery_problem(self.hub, cluster, stores)
        # The real one starts without its archive, and says so in the condition ContinuousArchiving only.
        return problem or next((found for store in stores if (found := archives.problem_of(self.hub, store))), "")

    def _claim(self, wanted: kube.Object) -> None:
        meta = wanted["metadata"]
        live = self.hub.get(*names.CLAIM, meta["name"], meta["namespace"])
        if live is None:
            self.installer.apply(wanted)
            return
        size = wanted["spec"]["resources"]["requests"]["storage"]
        if (amount(size) or 0) > (amount(live["spec"]["resources"]["requests"]["storage"]) or 0):
            patch(self.client, live, {"spec": {"resources": {"requests": {"storage": size}}}}, names.MANAGER)

    def _pod(self, wanted: kube.Object) -> kube.Object:
        """The live pod; one that has ended or is gone is made anew."""
        meta = wanted["metadata"]
        live = self.hub.get(*names.POD, meta["name"], meta["namespace"])
        if live is None:
            self.installer.apply(wanted)
        elif (live.get("status") or {}).get("phase") in ("Failed", "Succeeded"):
            self.installer.remove(live, propagation="Background")
        elif not contains(live["metadata"].get("labels") or {}, meta["labels"]):
            patch(self.client, live, {"metadata": {"labels": meta["labels"]}}, names.MANAGER)
        outdated = live is not None and notes_of(live).get(names.POD_SPEC) != notes_of(wanted)[names.POD_SPEC]
        return {**(live or wanted), "outdated": outdated}

    def _next(
        self, cluster: Cluster, pods: Mapping[str, kube.Object], running: list[str], primary: str
    ) -> tuple[str, str]:
        """The phase, after the step that it allows."""
        if len(running) < len(pods):
            why = next((found for pod in pods.values() if (found := waiting.of_pod(pod))), "")
            if primary not in running and not cluster.status.get("currentPrimary"):
                return names.FIRST_PRIMARY, f"Creating primary instance {primary}" + (f": {why}" if why else "")
            return names.NOT_ACTIVE, "Some instances are not yet active. Please wait." + (f" {why}" if why else "")
        # Replicas first, the primary last.
        outdated = sorted((name for name, pod in pods.items() if pod["outdated"]), key=lambda name: name == primary)
        if outdated:
            self.installer.remove(pods[outdated[0]], propagation="Background")
            return names.UPGRADING, f"Restarting instance {outdated[0]}: its specification has changed"
        if len(pods) < cluster.instances:
            serial = _latest(cluster, pods) + 1
            for claim in instances.claims(cluster, serial):
                self._claim(claim)
            return names.NEW_REPLICA, f"Creating replica {instances.instance(cluster, serial)}-join"
        if len(pods) > cluster.instances:
            self._take_away(cluster, next(name for name in reversed(list(pods)) if name != primary))
        return names.HEALTHY, ""

    def _take_away(self, cluster: Cluster, name: str) -> None:
        """Remove an instance with what it has stored."""
        for kind in (names.POD, names.CLAIM):
            for obj in self.hub.list(*kind, cluster.namespace):
                if is_own(cluster, obj) and obj["metadata"]["labels"].get(names.OF_INSTANCE) == name:
                    self.installer.remove(obj, propagation="Background")

    def _report(
        self, cluster: Cluster, said: tuple[str, str], pods: Mapping[str, kube.Object], primary: str, failing: str
    ) -> None:
        """Write the status; `failing` is why WAL cannot be archived."""
        (phase, reason), running = said, [name for name, pod in pods.items() if is_ready(pod)]
        started = primary in running or bool(cluster.status.get("currentPrimary"))
        conditions = [ready(phase)]
        if started:
            conditions.append(archiving(failing))
        secret = self.hub.get(*names.SECRET, cluster.app_secret, cluster.namespace) or {"metadata": {}}
        status: dict[str, Any] = {
            "phase": phase,
            "phaseReason": reason or None,
            "image": cluster.image,
            "instances": len(pods),
            "readyInstances": len(running),
            "instanceNames": list(pods),
            "latestGeneratedNode": _latest(cluster, pods),
            "targetPrimary": primary,
            "writeService": f"{cluster.name}-rw",
            "readService": f"{cluster.name}-r",
            # By its version it is seen that a changed password has reached the database.
            "secretsResourceVersion": {"applicationSecretVersion": secret["metadata"].get("resourceVersion")},
            "managedRolesStatus": roles.status(self.hub, cluster) if started else None,
        }
        if started:
            status["currentPrimary"] = primary
            status["currentPrimaryTimestamp"] = cluster.status.get("currentPrimaryTimestamp") or now()
        report(self.client, cluster.obj, status, *conditions)


def is_own(cluster: Cluster, obj: Mapping[str, Any]) -> bool:
    """Whether something belongs to this very Cluster."""
    owners = obj["metadata"].get("ownerReferences") or []
    mine = any(owner.get("uid") == cluster.obj["metadata"]["uid"] for owner in owners)
    return mine and namespace_of(obj) == cluster.namespace


def _latest(cluster: Cluster, pods: Mapping[str, kube.Object]) -> int:
    """The highest number that an instance has ever had: none is given twice."""
    serials = [int(notes_of(pod)[names.SERIAL]) for pod in pods.values()]
    return max([int(cluster.status.get("latestGeneratedNode", 0)), *serials])
