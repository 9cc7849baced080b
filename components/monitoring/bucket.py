"""Flow 6: where metrics are for the long term, and the way to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

import pulumi

from components.kit import Endpoint, Foundation, Gateway, Namespace, Value, bucket_folder, gateway, plain, synced_item
from components.kit.buckets import ACCESS_KEY, REGION, SECRET_KEY
from components.kit.secret import SecretKey

FOLDER: Final = "backups/metrics"
"""Path below the NFS export."""
BUCKET: Final = "metrics"
FILE: Final = "bucket.yaml"
"""What the file is called that leads Thanos to the bucket, in the vault and in its pods."""


@dataclass(frozen=True, kw_only=True)
class MetricsBucketArgs:
    """Where the folder is, and whether it is in use."""

    base: Foundation
    namespace: Namespace
    attributes: bool
    """Whether the NFS server keeps extended attributes."""
    on: bool = True
    """Whether anybody reads and writes there; off, only the volume is there."""
    unprotected_reason: str = ""
    """Why an update may delete the volume; nothing means that it is protected. The folder stays either way."""


@dataclass(frozen=True, kw_only=True)
class BlockStore:
    """A bucket for Thanos: whoever uses it has to be allowed to call it."""

    endpoint: Endpoint
    configuration: SecretKey
    """The file that says where it is, with the credentials: Thanos takes them in no other way."""
    ready: pulumi.Resource
    """Done when it answers."""


class MetricsBucket(pulumi.ComponentResource):
    """A folder on the NFS server, an S3 gateway before it, and the file by which Thanos finds it.

    Gateway, credentials and folder are those of metrics alone, as each database has its own (decision 21).
    """

    store: BlockStore | None
    """None while it is off."""

    def __init__(self, name: str, args: MetricsBucketArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:MetricsBucket", name, plain(args), opts)
        folder = bucket_folder(
            name,
            base=args.base,
            namespace=args.namespace,
            folder=FOLDER,
            holds="blocks of metrics",
            unprotected_reason=args.unprotected_reason,
            parent=self,
        )
        self.store = None
        if args.on:
            serving = gateway(name, folder, base=args.base, bucket=BUCKET, attributes=args.attributes, parent=self)
            self.store = self._store(f"{name}-configuration", args, serving)
        self.register_outputs({})

    def _store(self, name: str, args: MetricsBucketArgs, serving: Gateway) -> BlockStore:
        keys = pulumi.Output.all(serving.item.value(ACCESS_KEY), serving.item.value(SECRET_KEY))
        text = keys.apply(lambda both: _configuration(serving, both[0], both[1]))
        secret = synced_item(
            name, store=args.base.store, namespace=args.namespace, fields={FILE: Value(value=text)}, parent=self
        )
        args.base.contributions.secrets.add(secret)
        return BlockStore(endpoint=serving.endpoint, configuration=secret.key(FILE), ready=serving.ready)


def _configuration(serving: Gateway, access_key: str, secret_key: str) -> str:
    """The file, in JSON, which is YAML too and needs no thought about what a key may have in it."""
    return json.dumps(
        {
            "type": "S3",
            "config": {
                "bucket": serving.bucket,
                "endpoint": serving.endpoint.address,
                "region": REGION,
                # Named in the path and not in a host name of its own, which nobody resolves.
                "bucket_lookup_type": "path",
                "insecure": True,
                "access_key": access_key,
                "secret_key": secret_key,
            },
        }
    )
