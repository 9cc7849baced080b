"""The surroundings of a part of monitoring, as small as they can be."""

from __future__ import annotations

from components.kit import Endpoint, Namespace, NamespaceArgs, SecretKey
from components.monitoring.bucket import BlockStore
from components.monitoring.names import NAMESPACE
from tests.support.parts import done


def place() -> Namespace:
    """The namespace of monitoring."""
    return Namespace(NAMESPACE, NamespaceArgs(holds_data=True))


def called(place: Namespace, name: str, port: int) -> Endpoint:
    """Something in it that is called at a Service of its own."""
    labels = {"app.kubernetes.io/name": name}
    return Endpoint(namespace=place, service=name, port=port, pods=labels, pod_port=port)


def block_store(place: Namespace) -> BlockStore:
    """A bucket that answers when the ConfigMap `bucket` is done, its file when `bucket-file` is."""
    return BlockStore(
        endpoint=called(place, "bucket", 7070),
        configuration=SecretKey(secret="secret-bucket", key="bucket.yaml", synced=done("bucket-file")),
        ready=done("bucket"),
    )
