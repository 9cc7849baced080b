"""The PostgreSQL that comes bundled with other charts (Bitnami's chart as a subchart): one primary with a volume.

Unless the values say otherwise it brings a NetworkPolicy that lets anybody in at its port and the database call
anybody, and mounts the whole Secret with its password. Not covered: replicas, backups, metrics, TLS, configuration.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Final

from sandbox.controllers.charts.base import (
    Object,
    Release,
    Values,
    Workload,
    container,
    dig,
    ports,
    secret,
    service,
    service_account,
    service_port,
)

PORT: Final = 5432
CHART: Final = "postgresql-16.7.26"
SERVER_VERSION: Final = "17.6.0"
PASSWORDS: Final = "/opt/bitnami/postgresql/secrets/"
DEFAULTS: Final[Object] = {
    "enabled": False,
    "image": {"registry": "docker.io", "repository": "library/postgres", "tag": "17.6-bookworm"},
    "auth": {
        "username": "authentik",
        "database": "authentik",
        "existingSecret": "",
        "usePasswordFiles": True,
        "secretKeys": {"adminPasswordKey": "postgres-password", "userPasswordKey": "password"},
    },
    "primary": {
        "podSecurityContext": {"fsGroup": 1001},
        "networkPolicy": {"enabled": True, "allowExternal": True, "allowExternalEgress": True},
        "pdb": {"create": True},
        "containerSecurityContext": {
            "runAsUser": 1001,
            "runAsGroup": 1001,
            "runAsNonRoot": True,
            "privileged": False,
            "readOnlyRootFilesystem": False,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "persistence": {"enabled": True, "size": "8Gi", "storageClass": "", "accessModes": ["ReadWriteOnce"]},
        "resources": {},
        "podLabels": {},
    },
}


def render(release: Release, values: Values) -> list[Object]:
    """StatefulSet, its two Services, policy, budget, and the Secret with passwords unless an existing one is named."""
    name = f"{release.name}-postgresql"
    own = {"app.kubernetes.io/version": SERVER_VERSION, "helm.sh/chart": CHART}
    labels = {**release.labels("postgresql", component="primary"), **own}
    selector = release.selector("postgresql", component="primary")
    primary = values["primary"]
    auth = values["auth"]
    credentials = auth["existingSecret"] or name
    passwords = _passwords(auth, credentials)
    volumes: dict[str, Object] = {}
    mounts = {"/bitnami/postgresql": "data"}
    if auth["usePasswordFiles"]:
        volumes["postgresql-password"] = {"secret": {"secretName": credentials}}
        mounts[PASSWORDS] = "postgresql-password"
    image = values["image"]
    database = container(
        "postgresql",
        f"{image['registry']}/{image['repository']}:{image['tag']}",
        env=[
            {"name": "POSTGRES_USER", "value": auth["username"]},
            *passwords,
            {"name": "POSTGRES_DATABASE", "value": auth["database"]},
        ],
        ports=ports(tcp_postgresql=PORT),
        resources=primary["resources"],
        securityContext=primary["containerSecurityContext"],
        volumeMounts=[{"name": volume, "mountPath": path} for path, volume in mounts.items()],
    )
    persistent = bool(dig(primary, "persistence.enabled"))
    if not persistent:
        volumes["data"] = {"emptyDir": {}}
    workload = Workload(
        name=name,
        labels=labels,
        selector=selector,
        containers=[database],
        pod={
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "securityContext": primary["podSecurityContext"],
            "volumes": [{"name": volume, **source} for volume, source in volumes.items()],
        },
        pod_labels={**labels, **primary["podLabels"]},
        spec={
            "serviceName": f"{name}-hl",
            "updateStrategy": {"type": "RollingUpdate"},
            **({"volumeClaimTemplates": [_claim(release, primary)]} if persistent else {}),
        },
    )
    listening = [service_port("tcp-postgresql", PORT, "tcp-postgresql")]
    objects = [
        workload.render(release, "StatefulSet"),
        service(release.meta(name, labels), selector, listening),
        service(release.meta(f"{name}-hl", labels), selector, listening, clusterIP="None"),
        service_account(release.meta(name, labels)),
    ]
    meta = release.meta(name, labels)
    if primary["networkPolicy"]["enabled"]:
        objects.append(_network_policy(meta, selector, primary["networkPolicy"]))
    if primary["pdb"]["create"]:
        body = {"maxUnavailable": 1, "selector": {"matchLabels": selector}}
        objects.append({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": body})
    if not auth["existingSecret"]:
        given = str(auth.get("password") or "")
        objects.append(secret(release.meta(name, labels), {"postgres-password": given or GENERATED, "password": given}))
    return objects


def _passwords(auth: Values, secret_name: str) -> list[Object]:
    """The variables of the two passwords: where their files are, or the keys of the Secret themselves."""
    keys = auth["secretKeys"]
    wanted = {"POSTGRES_PASSWORD": keys["userPasswordKey"], "POSTGRES_POSTGRES_PASSWORD": keys["adminPasswordKey"]}
    if auth["usePasswordFiles"]:
        return [{"name": f"{variable}_FILE", "value": f"{PASSWORDS}{key}"} for variable, key in wanted.items()]
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": secret_name, "key": key}}}
        for variable, key in wanted.items()
    ]


def _network_policy(meta: Object, selector: Mapping[str, str], given: Values) -> Object:
    """The chart's own policy: pods that are labelled as clients may call, or anybody; likewise outwards."""
    client = {"podSelector": {"matchLabels": {f"{meta['name']}-client": "true"}}}
    own = {"podSelector": {"matchLabels": dict(selector)}}
    inward: Object = {"ports": [{"port": PORT}]}
    if not given["allowExternal"]:
        inward["from"] = [own, client]
    outward: Object = {}
    if not given["allowExternalEgress"]:
        outward = {"to": [own], "ports": [{"port": PORT}]}
    spec = {
        "podSelector": {"matchLabels": dict(selector)},
        "policyTypes": ["Ingress", "Egress"],
        "egress": [outward],
        "ingress": [inward],
    }
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}


GENERATED: Final = base64.b32encode(secrets.token_bytes(10)).decode()
"""The superuser's password: nobody signs in with it, so one for the life of the process is as good as any."""


def _claim(release: Release, primary: Values) -> Object:
    persistence = primary["persistence"]
    storage_class = persistence["storageClass"] or dig(release.values, "global.defaultStorageClass")
    spec: Object = {
        "accessModes": persistence["accessModes"],
        "resources": {"requests": {"storage": persistence["size"]}},
    }
    if storage_class:
        spec["storageClassName"] = storage_class
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": spec}
