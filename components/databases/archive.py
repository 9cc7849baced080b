"""Flow 8: where a database's backups are, and the way to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.kit import (
    Endpoint,
    Folder,
    Foundation,
    Generated,
    Mount,
    Namespace,
    NfsVolume,
    NfsVolumeArgs,
    Resources,
    SyncedSecret,
    Workload,
    WorkloadArgs,
    plain,
    synced_item,
)

FOLDER: Final = "backups/databases"
"""Path below the NFS export that has a folder for each database."""

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

ACCESS_KEY: Final = "access-key"
SECRET_KEY: Final = "secret-key"  # noqa: S105 - a key's name

WITH_ATTRIBUTES: Final = "4.2"
"""The version of NFS that has them."""

PARALLEL: Final = 2
"""Segments of the log that are sent or fetched at a time."""
RETENTION_INTERVAL: Final = 3600
"""Seconds between two looks for backups that nobody needs any more."""


@dataclass(frozen=True, kw_only=True)
class ArchiveArgs:
    """Whose backups it has, and for how long."""

    base: Foundation
    namespace: Namespace
    owner: str
    """Name of the folder that holds the bucket."""
    bucket: str
    retention: int
    """Number of days that can be restored to."""
    attributes: bool
    """Whether the NFS server keeps extended attributes."""
    plugin: pulumi.Resource
    """Done when there can be an ObjectStore."""
    unprotected_reason: str = ""
    """Why an update may delete the volume; nothing means that it is protected. The folder stays either way."""


class Archive(pulumi.ComponentResource):
    """A folder on the NFS server, an S3 gateway before it, and the ObjectStore that says so to the plugin.

    Gateway, credentials and folder are one database's own: none can read, overwrite or delete the backups of another.
    """

    name: str
    """Name of the ObjectStore, which is called as this."""
    endpoint: Endpoint
    """The gateway."""
    folder: str
    """Absolute path on the NFS server."""
    secret: SyncedSecret
    store: pulumi.Resource
    """The ObjectStore: done when everything before it is, too."""

    def __init__(self, name: str, args: ArchiveArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:databases:Archive", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.name = name
        nfs = args.base.site.nfs
        self.folder = f"{nfs.export}/{FOLDER}/{args.owner}"
        args.base.contributions.folders.add(Folder(path=self.folder, user=USER))
        volume = NfsVolume(
            name,
            NfsVolumeArgs(
                namespace=args.namespace,
                nfs=nfs,
                path=self.folder,
                size=SIZE,
                unprotected_reason=args.unprotected_reason,
            ),
            opts=inside,
        )
        self.secret = synced_item(
            name,
            store=args.base.store,
            namespace=args.namespace,
            fields={ACCESS_KEY: Generated(length=20), SECRET_KEY: Generated(length=40)},
            parent=self,
        )
        args.base.contributions.secrets.add(self.secret)
        gateway = Workload(name, _gateway(args, volume, self.secret), opts=inside)
        self.endpoint = gateway.endpoint
        self.store = CustomResource(
            name,
            api_version="barmancloud.cnpg.io/v1",
            kind="ObjectStore",
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace.name),
            spec=_store(args, self.endpoint, self.secret),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.plugin, gateway, self.secret]),
        )
        self.register_outputs({})


def _gateway(args: ArchiveArgs, volume: NfsVolume, secret: SyncedSecret) -> WorkloadArgs:
    buckets = VOLUME if args.attributes else BUCKETS_APART
    # A bucket is a folder, and nobody else would make it.
    folders = [f"{buckets}/{args.bucket}", *([] if args.attributes else [METADATA_APART])]
    return WorkloadArgs(
        namespace=args.namespace,
        image=args.base.site.image(versions.VERSITYGW),
        port=PORT,
        health_path=HEALTH,
        environment={
            "VGW_BACKEND": "posix",
            "VGW_BACKEND_ARG": buckets,
            "VGW_PORT": f":{PORT}",
            "VGW_HEALTH": HEALTH,
            "ROOT_ACCESS_KEY_ID": secret.key(ACCESS_KEY),
            "ROOT_SECRET_ACCESS_KEY": secret.key(SECRET_KEY),
            **({} if args.attributes else {"VGW_META_SIDECAR": METADATA_APART}),
        },
        mounts=[Mount(name="buckets", path=VOLUME, claim=volume)],
        prepare=["mkdir", "-p", *folders],
        resources=Resources(cpu="20m", memory="256Mi"),
        user=USER,
    )


def _store(args: ArchiveArgs, gateway: Endpoint, secret: SyncedSecret) -> dict[str, Any]:
    return {
        "configuration": {
            "destinationPath": f"s3://{args.bucket}/",
            "endpointURL": gateway.url,
            "s3Credentials": {
                "accessKeyId": {"name": secret.name, "key": secret.key(ACCESS_KEY).key},
                "secretAccessKey": {"name": secret.name, "key": secret.key(SECRET_KEY).key},
            },
            "wal": {"compression": "gzip", "maxParallel": PARALLEL},
            # Otherwise a base backup first waits for a checkpoint that takes its time: minutes, under load.
            "data": {"compression": "gzip", "immediateCheckpoint": True},
        },
        "retentionPolicy": f"{args.retention}d",
        "instanceSidecarConfiguration": {
            "retentionPolicyIntervalSeconds": RETENTION_INTERVAL,
            # Checksums of a newer kind, which gateways other than Amazon's own may refuse.
            "env": [
                {"name": name, "value": "when_required"}
                for name in ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION")
            ],
            "resources": {"requests": {"cpu": "20m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
        },
    }
