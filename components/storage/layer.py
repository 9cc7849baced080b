"""The layer of storage: what holds data outlives what claims it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.kit import (
    ArgoProject,
    Contributions,
    Folder,
    LocalStorage,
    SharedClass,
    SharedStorage,
    Site,
    plain,
)
from components.storage.given import given_class, retaining
from components.storage.nfs import NfsDriver, NfsDriverArgs


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """The homelab, whose cluster has a storage class for volumes on a node's own disk, and may have one for NFS."""

    site: Site
    contributions: Contributions
    project: ArgoProject


class Storage(pulumi.ComponentResource):
    """The storage classes of the platform: volumes on a node's own disk, and volumes on NFS.

    A class of the cluster's own may say `Delete`, which most do: a claim that is deleted by mistake, or a namespace,
    would then take the data along. So there is one like it, but for what becomes of a volume whose claim is deleted: it
    stays.
    """

    local: LocalStorage
    shared: SharedStorage

    def __init__(self, name: str, args: StorageArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:storage:Storage", name, plain(args), opts)
        classes = args.site.storage_classes
        ours = retaining(name, given_class(f"{name}-given", classes.local, parent=self), classes.local, parent=self)
        self.local = LocalStorage(class_name=ours.name, resource=ours.resource)
        self.shared = self._given(name, classes.shared) if classes.shared else self._made(args)
        self.register_outputs({})

    def _given(self, name: str, class_name: str) -> SharedStorage:
        """By what the cluster has."""
        theirs = given_class(f"{name}-given-shared", class_name, parent=self)
        ours = retaining(name, theirs, class_name, parent=self)
        return SharedStorage(
            retained=SharedClass(class_name=ours.name, resource=ours.resource, place=ours.name),
            scratch=SharedClass(class_name=class_name, resource=theirs, place=class_name),
        )

    def _made(self, args: StorageArgs) -> SharedStorage:
        """By a driver of the platform's own."""
        nfs = args.site.nfs
        args.contributions.folders.add(Folder(path=f"{nfs.export}/{nfs.volumes}", user=0))
        driver_args = NfsDriverArgs(site=args.site, project=args.project)
        return NfsDriver("csi-driver-nfs", driver_args, opts=pulumi.ResourceOptions(parent=self)).storage
