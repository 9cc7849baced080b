"""The layer of backups: the operator, what it does for each volume, and the copy outside the house."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.backups.outside import OutsideCopy, OutsideCopyArgs
from components.backups.volsync import VolSync, VolSyncArgs
from components.backups.volume import BackedUpVolume, BackedUpVolumeArgs
from components.kit import Claim, Foundation, VolumeBackup, plain
from components.settings import Backups as BackupSettings


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """What the layers before it hand on, and how long what is kept."""

    base: Foundation
    settings: BackupSettings


class Backups(pulumi.ComponentResource):
    """VolSync, and the copy outside if there is one; applications have their volumes backed up by `back_up`."""

    def __init__(self, name: str, args: BackupsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:backups:Backups", name, plain(args), opts)
        self._args = args
        inside = pulumi.ResourceOptions(parent=self)
        volsync = VolSync(
            "volsync",
            VolSyncArgs(
                site=args.base.site, project=args.base.project, snapshot_kind=args.settings.snapshot_kind == "ours"
            ),
            opts=inside,
        )
        self._operator = volsync.ready
        args.base.contributions.metrics.add(volsync.metrics)
        if args.settings.outside:
            OutsideCopy("outside", OutsideCopyArgs(base=args.base, settings=args.settings.outside), opts=inside)
        self.register_outputs({})

    def back_up(self, backup: VolumeBackup, parent: pulumi.Resource) -> Claim:
        """Have a volume backed up, below the given parent; the claim that is used."""
        args = BackedUpVolumeArgs(
            base=self._args.base, backup=backup, retention=self._args.settings.keep, operator=self._operator
        )
        opts = pulumi.ResourceOptions(parent=parent)
        return BackedUpVolume(f"{backup.app}-{backup.volume}", args, opts=opts).serving
