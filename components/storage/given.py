"""Storage classes that the cluster has already, and ones like them that let no data go."""

from __future__ import annotations

import asyncio
from typing import NamedTuple, TypeVar

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.storage.v1 import StorageClass

T = TypeVar("T")


class Retaining(NamedTuple):
    """A storage class of the platform's own, by its name in the cluster."""

    name: str
    resource: StorageClass


def given_class(name: str, class_name: str, *, parent: pulumi.Resource) -> StorageClass:
    """A class of the cluster, which the program only reads."""
    return StorageClass.get(name, class_name, opts=pulumi.ResourceOptions(parent=parent))


def retaining(name: str, theirs: StorageClass, class_name: str, *, parent: pulumi.Resource) -> Retaining:
    """A class like that one, called `<class>-retain`: its volumes outlive their claims."""
    own_name = f"{class_name}-retain"
    resource = StorageClass(
        f"{name}-{own_name}",
        metadata=ObjectMetaArgs(name=own_name),
        provisioner=theirs.provisioner,
        parameters=_or_none(theirs.parameters, theirs),
        mount_options=_or_none(theirs.mount_options, theirs),
        volume_binding_mode=theirs.volume_binding_mode,
        allow_volume_expansion=_or_none(theirs.allow_volume_expansion, theirs),
        reclaim_policy="Retain",
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Retaining(own_name, resource)


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
