"""VolSync 0.14, as far as restic goes: a Job for each synchronization, and what comes of it in the object's status.

Jobs and their pods are real objects: pod security, claims and Secrets decide whether they start, and the operator's own
reasons stand in the condition `Synchronizing`. No container runs, so there are no repositories and no buckets, and a
Job that starts succeeds. Not covered: other movers and copy methods than Direct, the roles of privileged movers,
metrics, that a Job goes to the node of the pod that uses the volume, and a pause.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sandbox import kube
from sandbox.controllers import mover
from sandbox.controllers.controller import Controller
from sandbox.controllers.cron import next_after
from sandbox.controllers.objects import (
    is_available,
    namespace_of,
    now,
    owner_of,
    report,
    with_condition,
)
from sandbox.rollouts import condition

VERSION: Final = "volsync.backube/v1alpha1"
KINDS: Final = ("ReplicationSource", "ReplicationDestination")
JOB: Final = ("batch/v1", "Job")
CLAIM: Final = ("v1", "PersistentVolumeClaim")
SECRET: Final = ("v1", "Secret")
DEPLOYMENT: Final = ("apps/v1", "Deployment")
IMAGE_FLAG: Final = "--restic-container-image="
MANAGER: Final = "volsync"
RETRY_SECONDS: Final = 2.0
PRUNE_DAYS: Final = 7
"""Without a word of the object's."""
TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class SyncError(Exception):
    """Why a synchronization cannot begin, in the operator's words."""


class VolSync(Controller):
    """Reconciles sources and destinations; keys are `Kind/namespace/name`."""

    name = "volsync"

    def setup(self) -> None:
        """Look at both kinds, and at what they may wait for."""
        for kind in KINDS:
            self.hub.on(VERSION, kind, lambda _event, obj: self.queue.add(_key(obj)))
        for waited in (JOB, CLAIM, SECRET):
            self.hub.on(*waited, self._neighbour_changed)
        self.hub.on(*DEPLOYMENT, self._operator_changed)

    def _neighbour_changed(self, _event: str, obj: kube.Object) -> None:
        self._all(namespace_of(obj))

    def _operator_changed(self, _event: str, deployment: kube.Object) -> None:
        if _image(deployment):
            self._all()

    def _all(self, namespace: str | None = None) -> None:
        for kind in KINDS:
            for obj in self.hub.list(VERSION, kind):
                if namespace in (None, namespace_of(obj)):
                    self.queue.add(_key(obj))

    def reconcile(self, key: str) -> float | None:
        """One step of the operator's: begin, go on, or wait for the next time."""
        kind, namespace, name = key.split("/")
        obj = self.hub.get(VERSION, kind, name, namespace)
        image = next(
            (found for item in self.hub.list(*DEPLOYMENT) if is_available(item) and (found := _image(item))), ""
        )
        if obj is None or not image or "deletionTimestamp" in obj["metadata"]:
            return None
        status = obj.get("status") or {}
        if status.get("lastSyncTime") and not status.get("lastSyncStartTime"):
            return self._idle(obj)
        try:
            job = self._job(obj, image)
        except SyncError as error:
            self._write(obj, {"conditions": _synchronizing(obj, "False", "Error", str(error))}, str(error))
            return RETRY_SECONDS
        if not (job.get("status") or {}).get("succeeded"):
            begun = {"lastSyncStartTime": status.get("lastSyncStartTime") or now()}
            said = _synchronizing(obj, "True", "SyncInProgress", "Synchronization in-progress")
            self._write(obj, {**begun, "conditions": said}, "synchronizing")
            return RETRY_SECONDS
        self._done(obj, job)
        return None

    def _idle(self, obj: kube.Object) -> float | None:
        """Wait for the schedule, or for another word of the manual trigger."""
        status, trigger = obj["status"], obj["spec"].get("trigger") or {}
        schedule, manual = trigger.get("schedule"), trigger.get("manual")
        if manual is not None:
            due = manual != status.get("lastManualSync")
            upcoming = None
        else:
            upcoming = next_after(schedule, _moment(status["lastSyncTime"])) if schedule else None
            due = upcoming is None or upcoming <= datetime.now(UTC)
        if due:
            self._write(obj, {"lastSyncStartTime": now()}, "synchronizing")
            return None
        reason, message = ("Schedule", "next scheduled synchronization") if upcoming else ("Manual", "manual trigger")
        waiting = _synchronizing(obj, "False", f"WaitingFor{reason}", f"Waiting for {message}")
        self._write(
            obj, {"conditions": waiting, "nextSyncTime": upcoming and upcoming.strftime(TIME)}, f"waits for {message}"
        )
        return (upcoming - datetime.now(UTC)).total_seconds() + 1 if upcoming else None

    def _job(self, obj: kube.Object, image: str) -> kube.Object:
        """The Job of this synchronization, made if everything is there that it needs."""
        namespace, name, restic = namespace_of(obj), mover.name_of(obj), obj["spec"].get("restic")
        if restic is None or restic.get("copyMethod") != "Direct":
            raise SyncError("the sandbox knows restic with copyMethod Direct only")
        claims = [item["volumeSource"].get("persistentVolumeClaim") for item in restic.get("moverVolumes") or []]
        for claim in (mover.claim_of(obj), *(item["claimName"] for item in claims if item)):
            if self.hub.get(*CLAIM, claim, namespace) is None:
                raise SyncError(f'persistentvolumeclaims "{claim}" not found')
        self._check_secret(restic["repository"], namespace)
        found = self.hub.get(*JOB, name, namespace)
        if found is None:
            data = self.hub.get(*CLAIM, mover.claim_of(obj), namespace) or {}
            self._apply(obj, "v1", "PersistentVolumeClaim", f"{name}-cache", spec=_cache(restic, data))
            self._apply(obj, "v1", "ServiceAccount", name)
            template = {
                "metadata": {"name": name, "labels": {**mover.LABELS, **(restic.get("moverPodLabels") or {})}},
                "spec": mover.pod(obj, image, mover.steps(obj, prune=_prune_is_due(obj))),
            }
            found = self._apply(obj, *JOB, name, spec={"backoffLimit": 8, "parallelism": 1, "template": template})
            self.say(f"{obj['kind']} {kube.name_of(obj)}", f"made Job {name}")
        return found

    def _check_secret(self, name: str, namespace: str) -> None:
        secret = self.hub.get(*SECRET, name, namespace)
        if secret is None:
            raise SyncError(f'secrets "{name}" not found')
        data = secret.get("data") or {}
        if len(data) < len(mover.NEEDED):
            raise SyncError(f"secret should have fields: [{' '.join(mover.NEEDED)}]")
        for key in mover.NEEDED:
            if key not in data:
                raise SyncError(f"secret is missing field: {key}")

    def _apply(self, owner: kube.Object, version: str, kind: str, name: str, **parts: Any) -> kube.Object:
        meta = {
            "name": name,
            "namespace": namespace_of(owner),
            "labels": dict(mover.LABELS),
            "ownerReferences": [owner_of(owner, controller=True, blockOwnerDeletion=True)],
        }
        made = self.client.apply({"apiVersion": version, "kind": kind, "metadata": meta, **parts}, MANAGER, force=True)
        self.hub.put(made)
        return made

    def _done(self, obj: kube.Object, job: kube.Object) -> None:
        status, restic = obj.get("status") or {}, obj["spec"]["restic"]
        arguments = job["spec"]["template"]["spec"]["containers"][0]["args"]
        begun = _moment(status.get("lastSyncStartTime") or now())
        took = max(0, int((datetime.now(UTC) - begun).total_seconds()))
        done: dict[str, Any] = {
            "lastSyncTime": now(),
            "lastSyncStartTime": None,
            "lastSyncDuration": f"{took}s",
            "latestMoverStatus": {"result": "Successful", "logs": "No container runs in the sandbox."},
        }
        if manual := (obj["spec"].get("trigger") or {}).get("manual"):
            done["lastManualSync"] = manual
        if mover.is_source(obj):
            pruned = {"lastPruned": now()} if "prune" in arguments else {}
            unlocked = {"lastUnlocked": restic["unlock"]} if "unlock" in arguments else {}
            done["restic"] = {**(status.get("restic") or {}), **pruned, **unlocked}
        self._write(obj, done, "synchronized")
        self.client.delete(*JOB, job["metadata"]["name"], namespace_of(job))

    def _write(self, obj: kube.Object, status: Mapping[str, Any], said: str) -> None:
        if report(self.client, obj, status, manager=MANAGER):
            self.say(f"{obj['kind']} {kube.name_of(obj)}", said)


def _cache(restic: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    given = {"storageClassName": restic["cacheStorageClassName"]} if restic.get("cacheStorageClassName") else {}
    modes = restic.get("cacheAccessModes") or (data.get("spec") or {}).get("accessModes")
    size = restic.get("cacheCapacity") or "1Gi"
    return {"accessModes": modes, "resources": {"requests": {"storage": size}}, **given}


def _prune_is_due(obj: Mapping[str, Any]) -> bool:
    pruned = ((obj.get("status") or {}).get("restic") or {}).get("lastPruned")
    since = _moment(pruned or obj["metadata"]["creationTimestamp"])
    days = obj["spec"]["restic"].get("pruneIntervalDays") or PRUNE_DAYS
    return datetime.now(UTC) > since + timedelta(days=days)


def _synchronizing(obj: Mapping[str, Any], status: str, reason: str, message: str) -> list[dict[str, Any]]:
    new = {"type": "Synchronizing", "status": status, "reason": reason, "message": message}
    old = condition(obj, "Synchronizing")
    if all(old.get(key) == value for key, value in new.items()):
        return list((obj.get("status") or {}).get("conditions") or [])
    return with_condition(obj, new)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, TIME).replace(tzinfo=UTC)


def _image(deployment: Mapping[str, Any]) -> str:
    """The image that a VolSync operator gives to movers; empty for another Deployment."""
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        for argument in container.get("args") or []:
            if argument.startswith(IMAGE_FLAG):
                return str(argument.removeprefix(IMAGE_FLAG))
    return ""


def _key(obj: Mapping[str, Any]) -> str:
    return f"{obj['kind']}/{namespace_of(obj)}/{obj['metadata']['name']}"
