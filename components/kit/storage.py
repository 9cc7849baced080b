"""Volumes. Whatever holds data is protected, and stays on the server even when it leaves the program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    NFSVolumeSourceArgs,
    PersistentVolume,
    PersistentVolumeClaim,
    PersistentVolumeClaimSpecArgs,
    PersistentVolumeSpecArgs,
    VolumeResourceRequirementsArgs,
)
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit.inputs import plain
from components.kit.namespace import Namespace
from components.kit.userinput import digest
from components.settings import Nfs
from components.vocabulary import EXEMPT

DIGEST_LENGTH: Final = 6
"""Hexadecimal digits: enough to tell the few folders of one application from each other."""

CLAIMED: Final = "1Mi"
"""What a claim of an NFS volume asks for: a size that never has to change, since the claim of a static volume cannot
grow and the server limits nobody."""


def _options(
    parent: pulumi.Resource, unprotected_reason: str, depends_on: Sequence[pulumi.Resource]
) -> pulumi.ResourceOptions:
    # Children inherit `protect` from a component, but not `retain_on_delete`.
    kept = not unprotected_reason
    return pulumi.ResourceOptions(parent=parent, protect=kept, retain_on_delete=kept, depends_on=depends_on)


def _metadata(name: str, unprotected_reason: str, namespace: Namespace | None = None) -> ObjectMetaArgs:
    return ObjectMetaArgs(
        name=name,
        namespace=namespace.name if namespace else None,
        annotations={f"{EXEMPT}data-protected": unprotected_reason} if unprotected_reason else None,
    )


@dataclass(frozen=True, kw_only=True)
class LocalStorage:
    """The storage class for volumes on a node's own disk, whose volumes outlive their claims."""

    class_name: str
    resource: pulumi.Resource
    """The class itself: claims depend on it."""


@dataclass(frozen=True, kw_only=True)
class SharedClass:
    """A storage class for volumes on NFS, which any node can mount."""

    class_name: str
    resource: pulumi.Resource
    """Done when it exists, and what makes its volumes runs."""
    place: str
    """Where its volumes lie: one that has to be elsewhere is another volume."""


@dataclass(frozen=True, kw_only=True)
class SharedStorage:
    """The two storage classes for volumes on NFS."""

    retained: SharedClass
    """Its volumes outlive their claims."""
    scratch: SharedClass
    """Its volumes go with their claims."""


@dataclass(frozen=True, kw_only=True)
class ClaimArgs:
    """A volume that the cluster provisions."""

    namespace: Namespace
    storage: LocalStorage | SharedClass
    size: str
    """Kubernetes quantity, for example `5Gi`. A class that knows no expansion refuses more than was there at first."""
    access_mode: str = "ReadWriteOnce"
    unprotected_reason: str = ""
    """Why an update may delete it; nothing means that it is protected."""


class Claim(pulumi.ComponentResource):
    """A PersistentVolumeClaim of that name, protected."""

    claim_name: str
    of_one_node: bool
    """Whether pods on one node only can mount it at a time."""
    filled: pulumi.Resource | None = None
    """Done when what is restored into it is there; None if it begins empty."""

    def __init__(self, name: str, args: ClaimArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:Claim", name, plain(args), opts)
        self.claim_name = name
        self.of_one_node = args.access_mode == "ReadWriteOnce"
        PersistentVolumeClaim(
            name,
            metadata=_metadata(name, args.unprotected_reason, args.namespace),
            spec=PersistentVolumeClaimSpecArgs(
                access_modes=[args.access_mode],
                storage_class_name=args.storage.class_name,
                resources=VolumeResourceRequirementsArgs(requests={"storage": args.size}),
            ),
            opts=_options(self, args.unprotected_reason, [args.namespace.resource, args.storage.resource]),
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class NfsVolumeArgs:
    """A folder that exists already on the NFS server, as a volume."""

    namespace: Namespace
    nfs: Nfs
    """The server, and how its folders are mounted."""
    path: str
    """Absolute path on the server."""
    size: str
    """Kubernetes quantity; NFS does not enforce it."""
    unprotected_reason: str = ""
    """Why an update may delete the volume and its claim; nothing means that they are protected."""


def placed(name: str, place: str) -> str:
    """What the volume `name` is called that lies there: one that lies elsewhere has another name."""
    return f"{name}-{digest(place)[:DIGEST_LENGTH]}"


def nfs_volume_name(name: str, *, server: str, path: str) -> str:
    """What the volume `name` is called in the cluster, for this folder of this server."""
    return placed(name, f"{server}:{path}")


class NfsVolume(pulumi.ComponentResource):
    """A PersistentVolume and its claim of the same name, bound to each other and to nothing else, protected.

    Where a volume leads to cannot be changed, so its name ends in a digest of that: for another folder or server there
    is another volume and claim, the pods change over to them, and the old ones go when nobody uses them any more. The
    folder itself is never touched. Pods that only read it mount it read-only.
    """

    claim_name: str

    def __init__(self, name: str, args: NfsVolumeArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:NfsVolume", name, plain(args), opts)
        self.claim_name = nfs_volume_name(name, server=args.nfs.server, path=args.path)
        needs = [args.namespace.resource]
        volume = PersistentVolume(
            f"{self.claim_name}-volume",
            metadata=_metadata(f"{args.namespace.name}-{self.claim_name}", args.unprotected_reason),
            spec=PersistentVolumeSpecArgs(
                capacity={"storage": args.size},
                access_modes=["ReadWriteMany"],
                persistent_volume_reclaim_policy="Retain",
                storage_class_name="",
                mount_options=args.nfs.mounted_with,
                nfs=NFSVolumeSourceArgs(server=args.nfs.server, path=args.path),
            ),
            opts=_options(self, args.unprotected_reason, needs),
        )
        PersistentVolumeClaim(
            self.claim_name,
            metadata=_metadata(self.claim_name, args.unprotected_reason, args.namespace),
            spec=PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteMany"],
                # The empty class keeps the cluster's default class from provisioning a new volume.
                storage_class_name="",
                volume_name=volume.metadata.name,
                resources=VolumeResourceRequirementsArgs(requests={"storage": CLAIMED}),
            ),
            opts=_options(self, args.unprotected_reason, needs),
        )
        self.register_outputs({})
