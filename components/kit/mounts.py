"""What pods see of volumes and files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import (
    ConfigMapVolumeSourceArgs,
    EmptyDirVolumeSourceArgs,
    KeyToPathArgs,
    PersistentVolumeClaimVolumeSourceArgs,
    SecretVolumeSourceArgs,
    VolumeArgs,
)

from components.kit.files import Files, SecretFile
from components.kit.storage import Claim, NfsVolume

GROUP_READS: Final = 0o440
"""Mode of a file of a Secret: it belongs to root and to the pods' group."""


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A volume in the pod; without a claim it is scratch space that goes with the pod."""

    name: str
    """What it holds, in lower case with dashes: the volume is called so in the pod."""
    path: str
    """Where the container sees it."""
    claim: Claim | NfsVolume | Files | SecretFile | None = None
    read_only: bool = False
    sub_path: str | None = None
    room: str = "1Gi"
    """Kubernetes quantity of scratch space, on the node's own disk: a pod that takes more is ended."""


def provided(claim: Claim | NfsVolume | Files | SecretFile) -> pulumi.Resource:
    """What has to be there before a volume can be mounted."""
    if isinstance(claim, SecretFile):
        return claim.key.synced
    return (isinstance(claim, Claim) and claim.filled) or claim


def volume(mount: Mount) -> VolumeArgs:
    """How the pod has it."""
    if mount.claim is None:
        return VolumeArgs(name=mount.name, empty_dir=EmptyDirVolumeSourceArgs(size_limit=mount.room))
    if isinstance(mount.claim, Files):
        return VolumeArgs(name=mount.name, config_map=ConfigMapVolumeSourceArgs(name=mount.claim.config_map))
    if isinstance(mount.claim, SecretFile):
        key = mount.claim.key
        items = [KeyToPathArgs(key=key.key, path=key.key)]
        source = SecretVolumeSourceArgs(secret_name=key.secret, items=items, default_mode=GROUP_READS)
        return VolumeArgs(name=mount.name, secret=source)
    claim = PersistentVolumeClaimVolumeSourceArgs(claim_name=mount.claim.claim_name, read_only=mount.read_only or None)
    return VolumeArgs(name=mount.name, persistent_volume_claim=claim)
