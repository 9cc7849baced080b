"""The Barman Cloud plugin's container in each instance, and what its pods' account may read for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import belongings, names
from sandbox.controllers.cnpg.cluster import Cluster

GROUP: Final = "barmancloud.cnpg.io"
CERTIFICATES: Final = "/barman-certificates"
CREDENTIALS: Final = ("accessKeyId", "secretAccessKey", "region", "sessionToken")
CONTEXT: Final = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "privileged": False,
    "readOnlyRootFilesystem": True,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What the plugin puts into a pod."""

    image: str
    environment: tuple[Mapping[str, Any], ...] = ()
    resources: Mapping[str, Any]
    authorities: tuple[tuple[str, str, str], ...] = ()
    """ObjectStore, Secret and key of each certificate authority that its endpoints are checked against."""


def of_stores(cluster: Cluster, image: str, stores: list[kube.Object]) -> Sidecar | None:
    """What goes into the pods of a Cluster whose ObjectStores these are; the first is that of its own archive."""
    if not stores:
        return None
    given = stores[0]["spec"].get("instanceSidecarConfiguration") or {}
    own: list[Mapping[str, Any]] = [
        {"name": "NAMESPACE", "value": cluster.namespace},
        {"name": "CLUSTER_NAME", "value": cluster.name},
        {"name": "SPOOL_DIRECTORY", "value": "/controller/wal-restore-spool"},
        {"name": "CUSTOM_CNPG_GROUP", "value": names.VERSION.partition("/")[0]},
        {"name": "CUSTOM_CNPG_VERSION", "value": names.VERSION.partition("/")[2]},
    ]
    return Sidecar(
        image=image,
        environment=(*own, *(given.get("env") or [])),
        resources=given.get("resources") or {},
        authorities=tuple(_authorities(stores)),
    )


def _authorities(stores: list[kube.Object]) -> Iterator[tuple[str, str, str]]:
    for store in stores:
        found = store["spec"]["configuration"].get("endpointCA")
        if found:
            yield store["metadata"]["name"], found["name"], found["key"]


def inject(spec: Mapping[str, Any], sidecar: Sidecar) -> dict[str, Any]:
    """A pod's spec with the sidecar, which starts before PostgreSQL and stays."""
    (main,) = spec["containers"]
    known = {item["name"] for item in main["env"]}
    plugins = {"name": "plugins", "mountPath": "/plugins"}
    mounts, volumes = [*main["volumeMounts"], plugins], [*spec["volumes"], {"name": "plugins", "emptyDir": {}}]
    own = []
    if sidecar.authorities:
        sources = [
            {"secret": {"name": secret, "items": [{"key": key, "path": f"{store}/barman-ca.crt"}]}}
            for store, secret, key in sidecar.authorities
        ]
        volumes.append({"name": "barman-certificates", "projected": {"sources": sources}})
        own.append({"name": "barman-certificates", "mountPath": CERTIFICATES})
    container = {
        "name": names.SIDECAR,
        "image": sidecar.image,
        "args": ["instance"],
        "restartPolicy": "Always",
        "env": [*main["env"], *(item for item in sidecar.environment if item["name"] not in known)],
        "resources": dict(sidecar.resources),
        "securityContext": CONTEXT,
        "startupProbe": {
            "exec": {"command": ["/manager", "healthcheck", "unix"]},
            "periodSeconds": 1,
            "failureThreshold": 30,
            "timeoutSeconds": 5,
        },
        # The plugin has one mount of each volume: of two, as of the scratch data, the last.
        "volumeMounts": list({mount["name"]: mount for mount in (*own, *mounts)}.values()),
    }
    return {
        **spec,
        "volumes": volumes,
        "initContainers": [*spec["initContainers"], container],
        "containers": [{**main, "volumeMounts": mounts}],
    }


def rights(cluster: Cluster, stores: list[kube.Object]) -> Iterator[kube.Object]:
    """What the sidecar reads: its ObjectStores, and the Secrets that those name."""
    found = sorted({str(store["metadata"]["name"]) for store in stores})
    secrets = sorted({name for store in stores for name, _key in credentials(store)})
    rules = [
        belongings.rule(GROUP, "objectstores", "get,watch,list", found),
        belongings.rule(GROUP, "objectstores/status", "update", found),
    ]
    if secrets:
        rules.append(belongings.rule("", "secrets", "get,watch,list", secrets))
    yield from belongings.role(cluster, f"{cluster.name}-barman-cloud", rules)


def credentials(store: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Secret and key of everything that an ObjectStore needs to be entered."""
    given = store["spec"]["configuration"].get("s3Credentials") or {}
    return [(given[part]["name"], given[part]["key"]) for part in CREDENTIALS if given.get(part)]
