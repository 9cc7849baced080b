"""Flow 8: where a database's backups are, and the way to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import Endpoint, Foundation, Gateway, Namespace, SyncedSecret, bucket_folder, gateway, plain
from components.kit.buckets import ACCESS_KEY, SECRET_KEY

FOLDER: Final = "backups/databases"
"""Path below the NFS export that has a folder for each database."""

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
        self.name = name
        folder = bucket_folder(
            name,
            base=args.base,
            namespace=args.namespace,
            folder=f"{FOLDER}/{args.owner}",
            holds="archive of the database",
            unprotected_reason=args.unprotected_reason,
            parent=self,
        )
        serving = gateway(name, folder, base=args.base, bucket=args.bucket, attributes=args.attributes, parent=self)
        self.folder, self.endpoint, self.secret = folder.path, serving.endpoint, serving.secret
        self.store = CustomResource(
            name,
            api_version="barmancloud.cnpg.io/v1",
            kind="ObjectStore",
            metadata=ObjectMetaArgs(name=name, namespace=args.namespace.name),
            spec=_store(args, serving),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.plugin, serving.ready, self.secret]),
        )
        self.register_outputs({})


def _store(args: ArchiveArgs, serving: Gateway) -> dict[str, Any]:
    secret = serving.secret
    return {
        "configuration": {
            "destinationPath": f"s3://{serving.bucket}/",
            "endpointURL": serving.endpoint.url,
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
