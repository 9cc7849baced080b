"""Where an application keeps what it writes: on a node's disk, on NFS, in a folder that exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from components.kit.backup import VolumeBackup
from components.kit.contributions import Folder
from components.kit.mounts import Mount
from components.kit.storage import Claim, ClaimArgs, NfsVolume, NfsVolumeArgs, placed
from components.kit.uses import Bound, Consumer
from components.summaries import Place, VolumeSummary


@dataclass(frozen=True, kw_only=True)
class Volume:
    """A volume of the application's own, on a node's disk."""

    kept: ClassVar = True
    holds_data: ClassVar = True

    name: str
    """What it holds."""
    path: str
    """Where the container sees it."""
    size: str
    """Kubernetes quantity, for example `5Gi`."""
    no_backup_reason: str = ""
    """Why it is not backed up; nothing means that it is, every night."""

    def bind(self, consumer: Consumer) -> Bound:
        """A claim of the storage class for local volumes, and its backup."""
        args = ClaimArgs(
            namespace=consumer.namespace,
            storage=consumer.platform.base.storage,
            size=self.size,
            unprotected_reason=consumer.unprotected_reason,
        )
        claim = Claim(f"{consumer.name}-{self.name}", args, opts=consumer.opts)
        _contribute(consumer, self, claim.claim_name, Place.NODE)
        if not self.no_backup_reason:
            backup = VolumeBackup(
                app=consumer.name, volume=self.name, claim=claim, args=args, user=consumer.user, files=consumer.files
            )
            claim = consumer.platform.back_up(backup, consumer.parent)
        return Bound(mounts=[Mount(name=self.name, path=self.path, claim=claim)])


CACHE_REASON: Final = "what it holds is fetched or computed anew"


@dataclass(frozen=True, kw_only=True)
class SharedVolume:
    """A volume on NFS that is made for the application and that pods on several nodes mount at once.

    Files that many read, and no database, which needs a `Volume`.
    """

    name: str
    """What it holds."""
    path: str
    """Where the container sees it."""
    size: str
    """Kubernetes quantity; NFS does not enforce it."""
    cache: bool = False
    """Whether the application fills it again by itself: it is deleted, then, when nobody needs it."""

    @property
    def kept(self) -> bool:
        """A cache goes while the application is off."""
        return not self.cache

    @property
    def holds_data(self) -> bool:
        """A cache is no reason to protect anything."""
        return not self.cache

    def bind(self, consumer: Consumer) -> Bound:
        """A claim of one of the storage classes for volumes on NFS."""
        shared = consumer.platform.base.shared
        storage = shared.scratch if self.cache else shared.retained
        args = ClaimArgs(
            namespace=consumer.namespace,
            storage=storage,
            size=self.size,
            access_mode="ReadWriteMany",
            unprotected_reason=CACHE_REASON if self.cache else consumer.unprotected_reason,
        )
        claim = Claim(placed(f"{consumer.name}-{self.name}", storage.place), args, opts=consumer.opts)
        _contribute(consumer, self, claim.claim_name, Place.SHARED)
        return Bound(mounts=[Mount(name=self.name, path=self.path, claim=claim)])


BORROWED_REASON: Final = "the folder is another application's, which has to protect it"


@dataclass(frozen=True, kw_only=True)
class NfsFolder:
    """A folder of the NFS server, which exists already and which others may use too."""

    name: str
    """What it holds."""
    path: str
    """Where the container sees it."""
    folder: str
    """Path below the NFS export."""
    size: str
    """Kubernetes quantity; NFS does not enforce it."""
    read_only: bool = False
    borrowed: bool = False
    """Whether the folder is another application's: it has to care for the data, then, and not this one."""

    @property
    def kept(self) -> bool:
        """A borrowed folder is left alone while the application is off."""
        return not self.borrowed

    @property
    def holds_data(self) -> bool:
        """A borrowed folder is no reason to protect anything here."""
        return not self.borrowed

    def bind(self, consumer: Consumer) -> Bound:
        """A volume and its claim, bound to each other."""
        nfs = consumer.platform.base.site.nfs
        path = f"{nfs.export}/{self.folder}"
        folder = Folder(path=path, user=None if self.read_only else consumer.user)
        consumer.platform.base.contributions.folders.add(folder)
        args = NfsVolumeArgs(
            namespace=consumer.namespace,
            nfs=nfs,
            path=path,
            size=self.size,
            unprotected_reason=BORROWED_REASON if self.borrowed else consumer.unprotected_reason,
        )
        claim = NfsVolume(f"{consumer.name}-{self.name}", args, opts=consumer.opts)
        _contribute(consumer, self, claim.claim_name, Place.FOLDER, path)
        return Bound(mounts=[Mount(name=self.name, path=self.path, claim=claim, read_only=self.read_only)])


def _contribute(
    consumer: Consumer, volume: Volume | SharedVolume | NfsFolder, claim: str, place: Place, folder: str = ""
) -> None:
    """Hand in what people look up of a volume."""
    summary = VolumeSummary(
        namespace=consumer.namespace.name,
        claim=claim,
        holds=volume.name,
        place=place,
        size=volume.size,
        folder=folder,
    )
    consumer.platform.base.contributions.volumes.add(summary)
