"""One volume of an application: its backup every night, the check of what was written, and what was restored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.backups import night
from components.backups.restic import ResticJob, ResticJobArgs, checking, keep
from components.backups.volsync import API
from components.kit import (
    Claim,
    Folder,
    Foundation,
    Generated,
    Mount,
    NfsVolume,
    NfsVolumeArgs,
    SyncedSecret,
    Value,
    VolumeBackup,
    plain,
    synced_item,
)
from components.kit.userinput import restored
from components.settings import Retention
from components.summaries import BackupSummary, Place, VolumeSummary

FOLDER: Final = "backups/files"
"""Folder below the NFS export; each application has one in it."""

MOUNT: Final = "repository"
REPOSITORIES: Final = f"/mnt/{MOUNT}"
"""Where VolSync mounts the folder of repositories: below `/mnt`, always. The check has it in the same place."""

LOCATION, PASSWORD = "RESTIC_REPOSITORY", "RESTIC_PASSWORD"
"""Keys that VolSync reads of a repository's Secret."""

CHECK: Final = checking("$(date -u +%u)/7", missing="there is no backup yet")
"""Each day it reads another seventh of the data, so in a week all of it: a file that has rotted is found, not only one
that is gone."""

CACHE_SIZE: Final = "1Gi"
PRUNE_DAYS: Final = 7
"""Days between two prunes: what no snapshot needs any more stays on the disk for so long."""

RESTORE_TIMEOUT: Final = "6h"

REMOVABLE_REASON: Final = "the stack file says that the restored volume is removable"


@dataclass(frozen=True, kw_only=True)
class BackedUpVolumeArgs:
    """The volume, and how long its backups are kept."""

    base: Foundation
    backup: VolumeBackup
    retention: Retention
    operator: pulumi.Resource
    """VolSync runs once it is done."""


class BackedUpVolume(pulumi.ComponentResource):
    """A restic repository of its own on the NFS server, with a password of its own, and what reads and writes it.

    What is restored is in a claim of its own beside the original, which is named by its moment.
    """

    serving: Claim
    """The claim that is used and backed up: the original, or a restored one."""

    def __init__(self, name: str, args: BackedUpVolumeArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:backups:BackedUpVolume", name, plain(args), opts)
        self._name, self._args = name, args
        backup, base = args.backup, args.base
        folder = f"{base.site.nfs.export}/{FOLDER}/{backup.app}"
        base.contributions.folders.add(Folder(path=folder, user=backup.user))
        self._repository = NfsVolume(
            f"{name}-backup",
            NfsVolumeArgs(
                namespace=backup.args.namespace,
                nfs=base.site.nfs,
                path=folder,
                size=backup.args.size,
                unprotected_reason=backup.args.unprotected_reason,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        base.contributions.volumes.add(
            VolumeSummary(
                namespace=backup.args.namespace.name,
                claim=self._repository.claim_name,
                holds=f"backups of {backup.volume}",
                place=Place.FOLDER,
                size=backup.args.size,
                folder=folder,
            )
        )
        # The repository outlives all of this, and nothing else opens it.
        lasting = not backup.args.unprotected_reason
        self._secret = synced_item(
            f"{name}-backup",
            store=base.store,
            namespace=backup.args.namespace,
            fields={LOCATION: Value(value=f"{REPOSITORIES}/{backup.volume}"), PASSWORD: Generated(lasting=lasting)},
            parent=self,
        )
        base.contributions.secrets.add(self._secret)
        claims = {moment: self._restored(moment) for moment in backup.files.restores}
        self.serving = claims[backup.files.serving] if backup.files.serving else backup.claim
        self._back_up()
        self._check()
        kept = keep(args.retention)
        summary = BackupSummary(
            namespace=backup.args.namespace.name,
            claim=self.serving.claim_name,
            schedule=night.backup(name),
            check=night.check(name),
            folder=f"{folder}/{backup.volume}",
            kept=", ".join(f"{number} {word}" for word, number in kept.items()),
        )
        base.contributions.backups.add(summary)
        self.register_outputs({})

    def _back_up(self) -> None:
        retention = keep(self._args.retention)
        CustomResource(
            self._name,
            api_version=API,
            kind="ReplicationSource",
            metadata=self._metadata(self._name),
            spec={
                "sourcePVC": self.serving.claim_name,
                "trigger": {"schedule": night.backup(self._name)},
                "restic": {
                    **self._mover(),
                    "pruneIntervalDays": PRUNE_DAYS,
                    "retain": retention,
                },
            },
            opts=self._opts(self.serving),
        )

    def _check(self) -> None:
        backup = self._args.backup
        ResticJob(
            f"{self._name}-check",
            ResticJobArgs(
                namespace=backup.args.namespace,
                image=self._args.base.site.image(versions.RESTIC),
                schedule=night.check(self._name),
                script=CHECK,
                environment={key: self._secret.key(key) for key in (LOCATION, PASSWORD)},
                mounts=[Mount(name=MOUNT, path=REPOSITORIES, claim=self._repository)],
                user=backup.user,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _restored(self, moment: str) -> Claim:
        """A claim with the files as they were at a moment; the update waits until they are there."""
        backup = self._args.backup
        name = restored(self._name, moment)
        removable = backup.files.restores[moment].data == "removable"
        reason = backup.args.unprotected_reason or (REMOVABLE_REASON if removable else "")
        claim = Claim(name, replace(backup.args, unprotected_reason=reason), opts=pulumi.ResourceOptions(parent=self))
        self._args.base.contributions.volumes.add(
            VolumeSummary(
                namespace=backup.args.namespace.name,
                claim=claim.claim_name,
                holds=f"{backup.volume} as of {moment}",
                place=Place.NODE,
                size=backup.args.size,
            )
        )
        waited = f"jsonpath={{.status.lastManualSync}}={moment}"
        claim.filled = CustomResource(
            name,
            api_version=API,
            kind="ReplicationDestination",
            metadata=self._metadata(name, {"pulumi.com/waitFor": waited}),
            spec={
                "trigger": {"manual": moment},
                "restic": {**self._mover(), "destinationPVC": claim.claim_name, "restoreAsOf": moment},
            },
            opts=pulumi.ResourceOptions.merge(
                self._opts(claim), pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=RESTORE_TIMEOUT))
            ),
        )
        return claim

    def _mover(self) -> dict[str, Any]:
        """What both directions have in common: the repository, and pods that own the files and may do nothing else."""
        user = self._args.backup.user
        return {
            "repository": self._secret.name,
            # The volume itself: a node's disk can neither snapshot nor clone.
            "copyMethod": "Direct",
            "cacheCapacity": CACHE_SIZE,
            "cacheStorageClassName": self._args.base.site.storage_classes.local,
            "moverSecurityContext": {
                "runAsNonRoot": True,
                "runAsUser": user,
                "runAsGroup": user,
                "fsGroup": user,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "moverResources": {"requests": {"cpu": "50m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}},
            "moverVolumes": [
                {
                    "mountPath": MOUNT,
                    "volumeSource": {"persistentVolumeClaim": {"claimName": self._repository.claim_name}},
                }
            ],
        }

    def _metadata(self, name: str, annotations: Mapping[str, str] | None = None) -> ObjectMetaArgs:
        return ObjectMetaArgs(name=name, namespace=self._args.backup.args.namespace.name, annotations=annotations)

    def _opts(self, claim: Claim) -> pulumi.ResourceOptions:
        secret: SyncedSecret = self._secret
        filled = [claim.filled] if claim.filled else []
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=[self._args.operator, claim, *filled, self._repository, secret],
        )
