"""Volumes. Whatever holds data is protected, and stays on the server even when it leaves the program."""

from __future__ import annotations

from dataclasses import dataclass

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


def _kept(parent: pulumi.Resource, namespace: Namespace) -> pulumi.ResourceOptions:
    # Children inherit `protect` from a component, but not `retain_on_delete`.
    return pulumi.ResourceOptions(parent=parent, protect=True, retain_on_delete=True, depends_on=[namespace.resource])


@dataclass(frozen=True, kw_only=True)
class ClaimArgs:
    """A volume that the cluster provisions."""

    namespace: Namespace
    storage_class: str
    size: str
    """Kubernetes quantity, for example `5Gi`."""
    access_mode: str = "ReadWriteOnce"


class Claim(pulumi.ComponentResource):
    """A PersistentVolumeClaim of that name, protected."""

    claim_name: str

    def __init__(self, name: str, args: ClaimArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:Claim", name, plain(args), opts)
        self.claim_name = name
        PersistentVolumeClaim(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace.name),
            spec=PersistentVolumeClaimSpecArgs(
                access_modes=[args.access_mode],
                storage_class_name=args.storage_class,
                resources=VolumeResourceRequirementsArgs(requests={"storage": args.size}),
            ),
            opts=_kept(self, args.namespace),
        )
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class NfsVolumeArgs:
    """A folder that exists already on the NFS server, as a volume."""

    namespace: Namespace
    server: str
    path: str
    """Absolute path on the server."""
    size: str
    """Kubernetes quantity; NFS does not enforce it, the claim needs one to match."""
    version: str = "4.2"
    """Version of NFS that it is mounted with."""


class NfsVolume(pulumi.ComponentResource):
    """A PersistentVolume and its claim of the same name, bound to each other and to nothing else, protected.

    Pods that only read it mount it read-only.
    """

    claim_name: str

    def __init__(self, name: str, args: NfsVolumeArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:NfsVolume", name, plain(args), opts)
        self.claim_name = name
        volume = PersistentVolume(
            f"{name}-volume",
            metadata=ObjectMetaArgs(name=f"{args.namespace.name}-{name}"),
            spec=PersistentVolumeSpecArgs(
                capacity={"storage": args.size},
                access_modes=["ReadWriteMany"],
                persistent_volume_reclaim_policy="Retain",
                storage_class_name="",
                mount_options=[f"nfsvers={args.version}", "hard"],
                nfs=NFSVolumeSourceArgs(server=args.server, path=args.path),
            ),
            opts=_kept(self, args.namespace),
        )
        PersistentVolumeClaim(
            name,
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace.name),
            spec=PersistentVolumeClaimSpecArgs(
                access_modes=["ReadWriteMany"],
                # The empty class keeps the cluster's default class from provisioning a new volume.
                storage_class_name="",
                volume_name=volume.metadata.name,
                resources=VolumeResourceRequirementsArgs(requests={"storage": args.size}),
            ),
            opts=_kept(self, args.namespace),
        )
        self.register_outputs({})
