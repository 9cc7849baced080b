"""The surroundings of a component under test, as small as they can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

import pulumi
import pulumi_authentik as authentik
from pulumi_kubernetes.core.v1 import ConfigMap
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.edge.ways_in import RecordOwner, WaysIn
from components.identity.shared import SharedObjects, SharedObjectsArgs
from components.kit import (
    AppPlatform,
    ArgoProject,
    Contributions,
    Database,
    DatabaseRequest,
    Endpoint,
    Foundation,
    Generated,
    IngressController,
    LocalStorage,
    Middleware,
    Namespace,
    NamespaceArgs,
    OidcRegistration,
    Pods,
    SecretKey,
    SecretStore,
    SharedClass,
    SharedStorage,
    Site,
    SyncedSecret,
    hosts,
    synced_item,
)
from components.kit.database import CLUSTER_KEYS, KEYS
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET
from components.kit.once import no_second_item
from components.settings import Nfs, StorageClasses
from tests.support.recorder import Recording, Registered

VAULT = "hm3lq7wzt5kd2rvxn4ybc6jagu"
MIRROR = "mirror.lan:5000"
AUTHENTIK_URL = "https://auth.example.org"


def done(name: str) -> ConfigMap:
    """Something that others depend on: it is recorded as the ConfigMap of that name."""
    return ConfigMap(name, metadata=ObjectMetaArgs(name=name, namespace="default"))


def namespace(name: str = "music", *, holds_data: bool = False) -> Namespace:
    return Namespace(name, NamespaceArgs(holds_data=holds_data))


def site(**changes: Any) -> Site:
    """A homelab of one zone and one node."""
    plain = Site(
        zones={"example.org": "zone"},
        registry_mirror=None,
        replicas=1,
        api_server=hosts(["192.168.1.11"], 6443),
        machines=["192.168.1.11/32"],
        pod_cidrs=["10.42.0.0/16"],
        public_address=IPv4Address("203.0.113.10"),
        nfs=Nfs(server="192.168.1.10", export="/export"),
        storage_classes=StorageClasses(local="local-path"),
        authentik_url=AUTHENTIK_URL,
        apps={},
    )
    return replace(plain, **changes)


def project() -> ArgoProject:
    return ArgoProject(namespace=namespace("argocd"), name="k8s-infra", ready=done("project"))


def store() -> SecretStore:
    operator = done("operator")
    return SecretStore(vault=VAULT, operator=operator, once=no_second_item(operator))


def storage() -> LocalStorage:
    return LocalStorage(class_name="local-path-retain", resource=done("class"))


def shared_storage() -> SharedStorage:
    def of(name: str) -> SharedClass:
        return SharedClass(class_name=name, resource=done(f"{name}-class"), place="192.168.1.10:/export/volumes")

    return SharedStorage(retained=of("nfs"), scratch=of("nfs-scratch"))


def base(**changes: Any) -> Foundation:
    """What the first layers hand on, for a site with these changes."""
    return Foundation(
        site=site(**changes),
        contributions=Contributions(),
        project=project(),
        store=store(),
        storage=storage(),
        shared=shared_storage(),
    )


def app_platform(**changes: Any) -> AppPlatform:
    """What applications are deployed on; relying parties and databases are there by name only."""
    found = base(**changes)

    def register(registration: OidcRegistration, parent: pulumi.Resource) -> SyncedSecret:
        return synced_item(
            registration.party.item,
            store=found.store,
            namespace=registration.namespace,
            fields={CLIENT_ID: Generated(), CLIENT_SECRET: Generated()},
            parent=parent,
        )

    return AppPlatform(base=found, register=register, database=database, back_up=lambda backup, _parent: backup.claim)


def database(request: DatabaseRequest, parent: pulumi.Resource) -> Database:
    """A database that exists, done with the ConfigMap `<name>-db`; it is known by every key that such a one has."""
    name = f"{request.name}-db"
    ready = ConfigMap(name, metadata=ObjectMetaArgs(name=name), opts=pulumi.ResourceOptions(parent=parent))
    return Database(
        name=name,
        endpoint=Endpoint(
            namespace=request.namespace, service=f"{name}-rw", port=5432, pods={"cnpg.io/cluster": name}, pod_port=5432
        ),
        ready=ready,
        values={
            key: SecretKey(secret=f"{name}-app", key=key, synced=ready)
            for key in (KEYS if request.shared else CLUSTER_KEYS)
        },
    )


def controller(name: str) -> IngressController:
    """Something that requests come through: pods of a namespace of that name, done with the ConfigMap `<name>-runs`."""
    pods = Pods(namespace=namespace(name), labels={"app.kubernetes.io/name": name})
    return IngressController(pods=pods, ready=done(f"{name}-runs"))


def traefik() -> IngressController:
    return controller("traefik")


def ways_in(owners: Mapping[str, RecordOwner]) -> WaysIn:
    """Whose the DNS records of these hosts are."""
    found = WaysIn(done("edge"))
    found.settle("hosts", owners.items())
    return found


def middleware(name: str, place: Namespace) -> Middleware:
    """A middleware that exists; whatever refers to it waits for the ConfigMap of its name."""
    return Middleware(namespace=place, name=name, resource=done(name))


def endpoint(name: str = "music", port: int = 4533) -> Endpoint:
    return Endpoint(
        namespace=namespace(name), service=name, port=port, pods={"app.kubernetes.io/name": name}, pod_port=port
    )


def shared() -> SharedObjects:
    provider = authentik.Provider("authentik", url="https://auth.example.org", token="token")
    return SharedObjects("homelab", SharedObjectsArgs(provider=provider, host="auth.example.org"))


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


def chart_sources(application: Registered) -> list[Any]:
    """The charts of an Application: its own, and before it that of its CRDs if they come from elsewhere."""
    return list(application.spec.get("sources") or [application.spec["source"]])


def chart_values(recording: Recording[Any], name: str) -> Any:
    """The values that a chart is installed with."""
    return chart_sources(recording.one(":Application", name))[-1]["helm"]["valuesObject"]


def container(recording: Recording[Any], name: str) -> Any:
    """The only container of a Deployment."""
    (only,) = recording.one(":Deployment", name).spec["template"]["spec"]["containers"]
    return only
