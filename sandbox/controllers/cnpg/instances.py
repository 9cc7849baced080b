"""The instances of a Cluster: claims for data and WAL, and pods."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import names, sidecar
from sandbox.controllers.cnpg.belongings import PRIMARY, REPLICA
from sandbox.controllers.cnpg.cluster import DEFAULT_UID, Cluster

DATA: Final = "PG_DATA"
WAL: Final = "PG_WAL"
STOP_SECONDS: Final = 1800
RESTRICTED: Final = {
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "runAsNonRoot": True,
    "readOnlyRootFilesystem": True,
    "allowPrivilegeEscalation": False,
}


def instance(cluster: Cluster, serial: int) -> str:
    """What an instance is called: its pod, and the claim of its data."""
    return f"{cluster.name}-{serial}"


def claims(cluster: Cluster, serial: int) -> Iterator[kube.Object]:
    """The claims of an instance, of the sizes that are wanted now."""
    name = instance(cluster, serial)
    yield _claim(cluster, serial, name, DATA, cluster.spec.get("storage") or {})
    if cluster.spec.get("walStorage"):
        yield _claim(cluster, serial, f"{name}-wal", WAL, cluster.spec["walStorage"])


def _claim(cluster: Cluster, serial: int, name: str, role: str, storage: Mapping[str, Any]) -> kube.Object:
    spec = dict(storage.get("pvcTemplate") or {})
    spec.setdefault("accessModes", ["ReadWriteOnce"])
    if storage.get("storageClass"):
        spec["storageClassName"] = storage["storageClass"]
    if storage.get("size"):
        spec["resources"] = {"requests": {"storage": storage["size"]}}
    labels = {
        names.OF_INSTANCE: instance(cluster, serial),
        names.CLAIM_ROLE: role,
        "app.kubernetes.io/name": "postgresql",
        "app.kubernetes.io/component": "database",
    }
    notes = {names.SERIAL: str(serial), "cnpg.io/pvcStatus": "ready"}
    return {
        "apiVersion": names.CLAIM[0],
        "kind": names.CLAIM[1],
        "metadata": cluster.meta(name, labels, notes),
        "spec": spec,
    }


def pod(
    cluster: Cluster, serial: int, operator_image: str, injected: sidecar.Sidecar | None, *, primary: bool
) -> kube.Object:
    """The pod of an instance."""
    name = instance(cluster, serial)
    spec = _spec(cluster, name, operator_image)
    if injected:
        spec = sidecar.inject(spec, injected)
    role = PRIMARY if primary else REPLICA
    labels = {
        **cluster.labels,
        names.OF_INSTANCE: name,
        names.POD_ROLE: "instance",
        names.ROLE: role,
        names.OLD_ROLE: role,
    }
    notes = {names.SERIAL: str(serial), names.POD_SPEC: json.dumps(spec, sort_keys=True)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": cluster.meta(name, labels, notes), "spec": spec}


def _spec(cluster: Cluster, name: str, operator_image: str) -> dict[str, Any]:
    spec = cluster.spec
    mounts, volumes = _volumes(cluster, name)
    uid, gid = int(spec.get("postgresUID", DEFAULT_UID)), int(spec.get("postgresGID", DEFAULT_UID))
    context = {**RESTRICTED, **(spec.get("securityContext") or {})}
    shared = {"volumeMounts": mounts, "resources": spec.get("resources") or {}, "securityContext": context}
    found: dict[str, Any] = {
        "hostname": name,
        "serviceAccountName": cluster.name,
        "terminationGracePeriodSeconds": int(spec.get("stopDelay", STOP_SECONDS)),
        "securityContext": {
            "seccompProfile": {"type": "RuntimeDefault"},
            "runAsUser": uid,
            "runAsGroup": gid,
            "runAsNonRoot": True,
            "fsGroup": gid,
            **(spec.get("podSecurityContext") or {}),
        },
        "volumes": volumes,
        "initContainers": [
            {
                "name": "bootstrap-controller",
                "image": operator_image,
                "command": ["/manager", "bootstrap", "/controller/manager"],
                **shared,
            }
        ],
        "containers": [
            {
                "name": "postgres",
                "image": cluster.image,
                "command": ["/controller/manager", "instance", "run", "--status-port-tls"],
                "env": [*_environment(cluster, name), *(spec.get("env") or [])],
                "envFrom": spec.get("envFrom") or [],
                "ports": [
                    {"name": "postgresql", "containerPort": names.PORT, "protocol": "TCP"},
                    {"name": "metrics", "containerPort": names.METRICS_PORT, "protocol": "TCP"},
                    {"name": "status", "containerPort": names.STATUS_PORT, "protocol": "TCP"},
                ],
                **{f"{kind}Probe": _probe(path) for kind, path in PROBES.items()},
                **shared,
            }
        ],
    }
    affinity = spec.get("affinity") or {}
    placing = {
        "affinity": _affinity(cluster, affinity),
        "tolerations": affinity.get("tolerations"),
        "nodeSelector": affinity.get("nodeSelector"),
        "topologySpreadConstraints": spec.get("topologySpreadConstraints"),
        "priorityClassName": spec.get("priorityClassName"),
        "schedulerName": spec.get("schedulerName"),
    }
    return {**found, **{key: value for key, value in placing.items() if value}}


PROBES: Final = {"startup": "/startupz", "readiness": "/readyz", "liveness": "/healthz"}


def _probe(path: str) -> dict[str, Any]:
    get = {"path": path, "port": names.STATUS_PORT, "scheme": "HTTPS"}
    return {"httpGet": get, "periodSeconds": 10, "timeoutSeconds": 5}


def _environment(cluster: Cluster, name: str) -> list[dict[str, str]]:
    values = {
        "PGDATA": "/var/lib/postgresql/data/pgdata",
        "POD_NAME": name,
        "NAMESPACE": cluster.namespace,
        "CLUSTER_NAME": cluster.name,
        "PSQL_HISTORY": "/controller/tmp/.psql_history",
        "PGPORT": str(names.PORT),
        "PGHOST": "/controller/run",
        "TMPDIR": "/controller/tmp",
    }
    return [{"name": key, "value": value} for key, value in values.items()]


def _volumes(cluster: Cluster, name: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Mounts and volumes."""
    limits = cluster.spec.get("ephemeralVolumesSizeLimit") or {}
    scratch = {"sizeLimit": limits["temporaryData"]} if limits.get("temporaryData") else {}
    memory = {"medium": "Memory", **({"sizeLimit": limits["shm"]} if limits.get("shm") else {})}
    volumes: list[dict[str, Any]] = [
        {"name": "pgdata", "persistentVolumeClaim": {"claimName": name}},
        {"name": "scratch-data", "emptyDir": scratch},
        {"name": "shm", "emptyDir": memory},
    ]
    mounts = [
        {"name": "pgdata", "mountPath": "/var/lib/postgresql/data"},
        {"name": "scratch-data", "mountPath": "/run"},
        {"name": "scratch-data", "mountPath": "/controller"},
        {"name": "shm", "mountPath": "/dev/shm"},  # noqa: S108 - the operator's own path in the container
    ]
    if cluster.spec.get("walStorage"):
        volumes.append({"name": "pg-wal", "persistentVolumeClaim": {"claimName": f"{name}-wal"}})
        mounts.append({"name": "pg-wal", "mountPath": "/var/lib/postgresql/wal"})
    projected = cluster.spec.get("projectedVolumeTemplate")
    if projected:
        volumes.append({"name": "projected", "projected": projected})
        mounts.append({"name": "projected", "mountPath": "/projected"})
    return mounts, volumes


def _affinity(cluster: Cluster, given: Mapping[str, Any]) -> dict[str, Any]:
    """Instances keep away from each other, unless they are told not to."""
    found: dict[str, Any] = {}
    if given.get("enablePodAntiAffinity", True):
        selector = [
            {"key": names.OF_CLUSTER, "operator": "In", "values": [cluster.name]},
            {"key": names.POD_ROLE, "operator": "In", "values": ["instance"]},
        ]
        term = {
            "labelSelector": {"matchExpressions": selector},
            "topologyKey": given.get("topologyKey") or "kubernetes.io/hostname",
        }
        required = given.get("podAntiAffinityType") == "required"
        found["podAntiAffinity"] = (
            {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
            if required
            else {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]}
        )
    if given.get("nodeAffinity"):
        found["nodeAffinity"] = given["nodeAffinity"]
    return found
