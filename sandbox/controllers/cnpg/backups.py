"""Backups, and the schedules that ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import archives, installation, names
from sandbox.controllers.cnpg.cluster import Cluster
from sandbox.controllers.cnpg.installation import Operator
from sandbox.controllers.cnpg.reporting import backed_up, report
from sandbox.controllers.controller import Environment
from sandbox.controllers.cron import Schedule
from sandbox.controllers.objects import is_ready, owner_of, patch

LOOK_AGAIN_SECONDS: Final = 2.0
DONE: Final = ("completed", "failed")
PARENT: Final = "cnpg.io/scheduled-backup"
STAMP: Final = "%Y-%m-%dT%H:%M:%SZ"
COMPACT: Final = "%Y%m%d%H%M%S"


class Backups:
    """Reconciles Backups: each has one try."""

    def __init__(self, environment: Environment) -> None:
        self.client = environment.client
        self.hub = environment.hub

    def reconcile(self, obj: kube.Object, operator: Operator) -> float | None:
        """Complete a Backup or let it fail; it waits for its Cluster to come, and for the instance to be ready."""
        if (obj.get("status") or {}).get("phase") in DONE:
            return None
        spec, namespace = obj["spec"], obj["metadata"]["namespace"]
        live = self.hub.get(*names.CLUSTER, spec["cluster"]["name"], namespace)
        if live is None:
            return LOOK_AGAIN_SECONDS
        cluster = Cluster(obj=live, config=operator.config)
        primary = str(cluster.status.get("currentPrimary") or "")
        pod = self.hub.get(*names.POD, primary, namespace) if primary else None
        problem = self._impossible(spec, cluster)
        if not problem:
            if pod is None or not is_ready(pod):
                report(self.client, obj, {"phase": "pending", "method": spec.get("method")})
                return LOOK_AGAIN_SECONDS
            problem = self._problem(spec, cluster, operator)
        self._finish(obj, cluster, primary, problem)
        return None

    def _impossible(self, spec: Mapping[str, Any], cluster: Cluster) -> str:
        """What no waiting would change."""
        if spec.get("method") != "plugin":
            return "cannot proceed with the backup as the cluster has no backup section"
        if not cluster.spec.get("plugins"):
            return "cannot proceed with the backup as the cluster has no plugin configured"
        return ""

    def _problem(self, spec: Mapping[str, Any], cluster: Cluster, operator: Operator) -> str:
        name = (spec.get("pluginConfiguration") or {}).get("name", "")
        if name not in cluster.plugins or installation.plugin_problem(self.hub, operator, name):
            return f"requested plugin is not available: {name}"
        if cluster.archive is None:
            return "no reference to barmanObjectName have been included"
        store = self.hub.get(*names.STORE, cluster.archive.store, cluster.namespace)
        if store is None:
            return f'while getting object store {cluster.archive.store}: "{cluster.archive.store}" not found'
        return archives.problem_of(self.hub, store)

    def _finish(self, obj: kube.Object, cluster: Cluster, primary: str, problem: str) -> None:
        at = datetime.now(UTC)
        stamp, method = at.strftime(STAMP), obj["spec"].get("method")
        done: dict[str, Any] = {"phase": "failed", "method": method, "error": problem}
        if not problem:
            identity = at.strftime("%Y%m%dT%H%M%S")
            done = {
                "phase": "completed",
                "method": method,
                "startedAt": stamp,
                "stoppedAt": stamp,
                "backupId": identity,
                "backupName": f"backup-{at.strftime(COMPACT)}",
                "instanceID": {"podName": primary},
                "online": True,
                **({"majorVersion": int(cluster.major)} if cluster.major else {}),
            }
        report(self.client, obj, done)
        # Read anew: the Cluster's own status may have been written a moment ago.
        fresh = self.client.get(*names.CLUSTER, cluster.name, cluster.namespace)
        if fresh:
            report(self.client, fresh, {}, backed_up(problem))
        self._window(cluster, stamp, problem)

    def _window(self, cluster: Cluster, stamp: str, problem: str) -> None:
        """What the ObjectStore says of the time to which the Cluster may be brought back."""
        archive = cluster.archive
        store = self.client.get(*names.STORE, archive.store, cluster.namespace) if archive else None
        if archive is None or store is None:
            return
        window = dict(((store.get("status") or {}).get("serverRecoveryWindow") or {}).get(archive.server) or {})
        if problem:
            window["lastFailedBackupTime"] = stamp
        else:
            window.setdefault("firstRecoverabilityPoint", stamp)
            window["lastSuccessfulBackupTime"] = stamp
        patch(
            self.client,
            store,
            {"status": {"serverRecoveryWindow": {archive.server: window}}},
            names.MANAGER,
            status=True,
        )


class Schedules:
    """Reconciles ScheduledBackups."""

    def __init__(self, environment: Environment) -> None:
        self.client = environment.client
        self.hub = environment.hub

    def reconcile(self, obj: kube.Object) -> float | None:
        """Ask for a Backup that is due; again when the next one is."""
        spec, status = obj["spec"], obj.get("status") or {}
        if spec.get("suspend"):
            return None
        if any(not _is_done(backup) for backup in self._children(obj)):
            return LOOK_AGAIN_SECONDS
        schedule, at = Schedule(spec["schedule"]), datetime.now(UTC)
        checked = status.get("lastCheckTime")
        if checked is None and not spec.get("immediate"):
            report(self.client, obj, {"lastCheckTime": at.strftime(STAMP)})
        elif checked is None:
            return self._ask(obj, schedule, at, at, immediate=True)
        else:
            due = schedule.after(datetime.fromisoformat(checked))
            if due and due <= at:
                return self._ask(obj, schedule, due, at, immediate=False)
        return _seconds(schedule, at)

    def _children(self, obj: kube.Object) -> list[kube.Object]:
        meta = obj["metadata"]
        found = self.hub.list(*names.BACKUP, meta["namespace"])
        return [item for item in found if (item["metadata"].get("labels") or {}).get(PARENT) == meta["name"]]

    def _ask(
        self, obj: kube.Object, schedule: Schedule, due: datetime, at: datetime, *, immediate: bool
    ) -> float | None:
        meta, spec = obj["metadata"], obj["spec"]
        owner = self._owner(obj)
        backup = {
            "apiVersion": names.VERSION,
            "kind": names.BACKUP[1],
            "metadata": {
                "name": f"{meta['name']}-{due.strftime(COMPACT)}",
                "namespace": meta["namespace"],
                "labels": {
                    names.OF_CLUSTER: spec["cluster"]["name"],
                    "cnpg.io/immediateBackup": str(immediate).lower(),
                    PARENT: meta["name"],
                },
                **({"ownerReferences": [owner_of(owner, controller=True)]} if owner else {}),
            },
            "spec": {key: spec[key] for key in PASSED_ON if key in spec},
        }
        self.hub.put(self.client.apply(backup, names.MANAGER))
        following = schedule.after(at)
        times = {"lastCheckTime": at, "lastScheduleTime": due, "nextScheduleTime": following}
        report(self.client, obj, {key: value.strftime(STAMP) for key, value in times.items() if value})
        return _seconds(schedule, at)

    def _owner(self, obj: kube.Object) -> kube.Object | None:
        whose = obj["spec"].get("backupOwnerReference", "none")
        if whose == "self":
            return obj
        namespace = obj["metadata"]["namespace"]
        return self.hub.get(*names.CLUSTER, obj["spec"]["cluster"]["name"], namespace) if whose == "cluster" else None


PASSED_ON: Final = ("cluster", "target", "method", "online", "onlineConfiguration", "pluginConfiguration")


def _is_done(backup: Mapping[str, Any]) -> bool:
    return (backup.get("status") or {}).get("phase") in DONE


def _seconds(schedule: Schedule, at: datetime) -> float | None:
    following = schedule.after(at)
    return (following - at).total_seconds() if following else None
