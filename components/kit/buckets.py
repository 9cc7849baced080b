"""Buckets: a folder of the NFS server and, while somebody uses it, a gateway before it that speaks S3 (decision 21)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pulumi

from components import versions
from components.kit.containers import Resources
from components.kit.contributions import Folder
from components.kit.foundation import Foundation
from components.kit.mounts import Mount
from components.kit.namespace import Namespace
from components.kit.network import Endpoint
from components.kit.secret import Generated, SyncedSecret, SyncedSecretArgs, VaultItem, VaultItemArgs
from components.kit.storage import NfsVolume, NfsVolumeArgs
from components.kit.workload import Workload, WorkloadArgs
from components.settings import Nfs
from components.summaries import Place, VolumeSummary

SIZE: Final = "100Gi"
"""What the volume is said to have; NFS does not enforce it."""

PORT: Final = 7070
USER: Final = 1000
"""User id of the gateway, whom the folder has to belong to; the image would do with any."""
VOLUME: Final = "/buckets"
"""Where the gateway sees the folder: the folders in it are its buckets."""
BUCKETS_APART: Final = "/buckets/objects"
METADATA_APART: Final = "/buckets/metadata"
"""Where buckets are, and what is known of their objects, without attributes: neither may lie in the other."""
HEALTH: Final = "/health"

REGION: Final = "us-east-1"
"""The region that requests are signed for: the gateway's own, by default."""

ACCESS_KEY: Final = "access-key"
SECRET_KEY: Final = "secret-key"  # noqa: S105 - a key's name

WITH_ATTRIBUTES: Final = "4.2"
"""The version of NFS that has them."""


def keeps_attributes(nfs: Nfs, metadata: Literal["automatic", "attributes", "folder"]) -> bool:
    """Whether what S3 knows of an object is kept in extended attributes of its file, by what the stack file says."""
    return nfs.version == WITH_ATTRIBUTES if metadata == "automatic" else metadata == "attributes"


@dataclass(frozen=True, kw_only=True)
class BucketFolder:
    """A folder of the NFS server that holds one bucket."""

    path: str
    """Absolute path on the server."""
    namespace: Namespace
    volume: NfsVolume


def bucket_folder(
    name: str,
    *,
    base: Foundation,
    namespace: Namespace,
    folder: str,
    holds: str,
    unprotected_reason: str,
    parent: pulumi.Resource,
) -> BucketFolder:
    """The folder of that path below the NFS export, as the volume `name` below `parent`.

    `unprotected_reason` is why an update may delete the volume; nothing means that it is protected. The folder stays
    either way.
    """
    nfs = base.site.nfs
    path = f"{nfs.export}/{folder}"
    base.contributions.folders.add(Folder(path=path, user=USER))
    args = NfsVolumeArgs(namespace=namespace, nfs=nfs, path=path, size=SIZE, unprotected_reason=unprotected_reason)
    volume = NfsVolume(name, args, opts=pulumi.ResourceOptions(parent=parent))
    summary = VolumeSummary(
        namespace=namespace.name, claim=volume.claim_name, holds=holds, place=Place.FOLDER, size=SIZE, folder=path
    )
    base.contributions.volumes.add(summary)
    return BucketFolder(path=path, namespace=namespace, volume=volume)


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """Where a bucket is called, and by whom."""

    bucket: str
    endpoint: Endpoint
    """It speaks HTTP: requests are signed."""
    item: VaultItem
    """The credentials, in the vault."""
    secret: SyncedSecret
    """The credentials in the bucket's namespace: `ACCESS_KEY` and `SECRET_KEY`."""
    ready: pulumi.Resource
    """Done when it answers."""


def gateway(
    name: str, folder: BucketFolder, *, base: Foundation, bucket: str, attributes: bool, parent: pulumi.Resource
) -> Gateway:
    """The workload `name` below `parent`, which serves the folder with that one bucket under credentials of its own.

    `attributes` is whether the NFS server keeps extended attributes.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    fields = {ACCESS_KEY: Generated(length=20), SECRET_KEY: Generated(length=40)}
    item = VaultItem(name, VaultItemArgs(store=base.store, fields=fields), opts=opts)
    secret = SyncedSecret(name, SyncedSecretArgs(namespace=folder.namespace, item=item), opts=opts)
    base.contributions.secrets.add(secret)
    buckets = VOLUME if attributes else BUCKETS_APART
    workload = Workload(
        name,
        WorkloadArgs(
            namespace=folder.namespace,
            image=base.site.image(versions.VERSITYGW),
            port=PORT,
            health_path=HEALTH,
            environment={
                "VGW_BACKEND": "posix",
                "VGW_BACKEND_ARG": buckets,
                "VGW_PORT": f":{PORT}",
                "VGW_HEALTH": HEALTH,
                "ROOT_ACCESS_KEY_ID": secret.key(ACCESS_KEY),
                "ROOT_SECRET_ACCESS_KEY": secret.key(SECRET_KEY),
                **({} if attributes else {"VGW_META_SIDECAR": METADATA_APART}),
            },
            mounts=[Mount(name="buckets", path=VOLUME, claim=folder.volume)],
            # A bucket is a folder, and nobody else would make it.
            prepare=["mkdir", "-p", f"{buckets}/{bucket}", *([] if attributes else [METADATA_APART])],
            resources=Resources(cpu="20m", memory="256Mi"),
            user=USER,
        ),
        opts=opts,
    )
    return Gateway(bucket=bucket, endpoint=workload.endpoint, item=item, secret=secret, ready=workload)
