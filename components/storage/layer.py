"""The layer of storage: what holds data outlives what claims it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeVar

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.storage.v1 import StorageClass

from components.kit import LocalStorage, Site, plain

T = TypeVar("T")


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
            parameters=_or_none(theirs.parameters, theirs),
            mount_options=_or_none(theirs.mount_options, theirs),
            volume_binding_mode=theirs.volume_binding_mode,
            allow_volume_expansion=_or_none(theirs.allow_volume_expansion, theirs),
            reclaim_policy="Retain",
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.local = LocalStorage(class_name=class_name, resource=ours)
        self.register_outputs({})


def _or_none(value: pulumi.Output[T], theirs: StorageClass) -> pulumi.Output[T | None]:
    """A field of the class, None if the class has none: a preview calls what is absent unknown, and would replace ours.

    The provisioner is never absent: while it is known, so is what is not there.
    """

    async def found() -> T | None:
        return await value.future() if await value.is_known() else None

    return pulumi.Output(
        value.resources(),
        asyncio.ensure_future(found()),
        theirs.provisioner.is_known(),
        value.is_secret(),
    )
