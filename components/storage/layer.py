"""The layer of storage: what holds data outlives what claims it."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.storage.v1 import StorageClass

from components.kit import LocalStorage, Site, plain


@dataclass(frozen=True, kw_only=True)
class StorageArgs:
    """The homelab, whose cluster has a storage class for volumes on a node's own disk."""

    site: Site


class Storage(pulumi.ComponentResource):
    """A storage class like the cluster's own one, but for what becomes of a volume whose claim is deleted: it stays.

    The cluster's class may say `Delete`, which most do: a claim that is deleted by mistake, or a namespace, would then
    take the data along.
    """

    local: LocalStorage

    def __init__(self, name: str, args: StorageArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:storage:Storage", name, plain(args), opts)
        given = args.site.storage_classes.local
        theirs = StorageClass.get(f"{name}-given", given, opts=pulumi.ResourceOptions(parent=self))
        class_name = f"{given}-retain"
        ours = StorageClass(
            f"{name}-{class_name}",
            metadata=ObjectMetaArgs(name=class_name),
            provisioner=theirs.provisioner,
            parameters=theirs.parameters,
            mount_options=theirs.mount_options,
            volume_binding_mode=theirs.volume_binding_mode,
            allow_volume_expansion=theirs.allow_volume_expansion,
            reclaim_policy="Retain",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.local = LocalStorage(class_name=class_name, resource=ours)
        self.register_outputs({})
