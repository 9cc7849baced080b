"""The surroundings of a component under test, as small as they can be."""

from __future__ import annotations

from typing import Any

from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.edge import Gateway
from components.identity import Directory, DirectoryArgs
from components.kit import (
    Addresses,
    Delivery,
    Endpoint,
    Middleware,
    Namespace,
    NamespaceArgs,
    Pods,
    SecretStore,
    hosts,
)
from tests.support.recorder import Recording, Registered

VAULT = "hm3lq7wzt5kd2rvxn4ybc6jagu"
MIRROR = "mirror.lan:5000"


def done(name: str) -> ConfigMap:
    """Something that others depend on: it is recorded as the ConfigMap of that name."""
    return ConfigMap(name, metadata=ObjectMetaArgs(name=name, namespace="default"))


def namespace(name: str = "music", *, holds_data: bool = False) -> Namespace:
    return Namespace(name, NamespaceArgs(holds_data=holds_data))


def api_server() -> Addresses:
    return hosts(["192.168.1.11"], 6443)


def delivery() -> Delivery:
    return Delivery(namespace=namespace("argocd"), project="k8s-infra", ready=done("project"))


def store() -> SecretStore:
    return SecretStore(vault=VAULT, operator=done("operator"))


def gateway() -> Gateway:
    place = namespace("traefik")
    return Gateway(
        namespace=place,
        pods=Pods(namespace=place, labels={"app.kubernetes.io/name": "traefik"}),
        public_chain=Middleware(namespace=place, name="chain-public"),
        ready=done("traefik-runs"),
    )


def endpoint(name: str = "music", port: int = 4533) -> Endpoint:
    return Endpoint(
        namespace=namespace(name), service=name, port=port, pods={"app.kubernetes.io/name": name}, pod_port=port
    )


def directory() -> Directory:
    return Directory("homelab", DirectoryArgs(host="auth.example.org"))


def waits_for(recording: Recording[Any], item: Registered, type_suffix: str, name: str) -> bool:
    """Whether a resource comes after the named one, directly or by way of others."""
    return recording.one(type_suffix, name).urn in recording.before(item)


def policies(recording: Recording[Any]) -> dict[str, Any]:
    """The spec of every NetworkPolicy but the ones that deny, by `namespace/name`."""
    found = recording.of(":NetworkPolicy")
    return {item.object_name: item.spec for item in found if not item.object_name.endswith("/default-deny")}


def peer(namespace_name: str, labels: dict[str, str]) -> dict[str, Any]:
    """How a policy names pods."""
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace_name}},
        "podSelector": {"matchLabels": labels},
    }
