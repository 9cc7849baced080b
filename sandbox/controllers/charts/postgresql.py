"""The PostgreSQL that comes bundled with other charts (Bitnami's chart as a subchart): one primary with a volume."""

from __future__ import annotations

import base64
import secrets
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
DEFAULTS: Final[Object] = {
    "enabled": False,
    "image": {"registry": "docker.io", "repository": "library/postgres", "tag": "17.6-bookworm"},
    "auth": {
        "username": "authentik",
        "database": "authentik",
        "existingSecret": "",
        "secretKeys": {"adminPasswordKey": "postgres-password", "userPasswordKey": "password"},
    },
    "primary": {
        "podSecurityContext": {"fsGroup": 1001},
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
    """StatefulSet, its two Services, and the Secret with generated passwords unless an existing one is named."""
    name = f"{release.name}-postgresql"
    labels = release.labels("postgresql", component="primary")
    selector = release.selector("postgresql", component="primary")
    primary = values["primary"]
    auth = values["auth"]
    credentials = auth["existingSecret"] or name
    password = {"secretKeyRef": {"name": credentials, "key": auth["secretKeys"]["userPasswordKey"]}}
    image = values["image"]
    database = container(
        "postgresql",
        f"{image['registry']}/{image['repository']}:{image['tag']}",
        env=[
            {"name": "POSTGRES_USER", "value": auth["username"]},
            {"name": "POSTGRES_PASSWORD", "valueFrom": password},
            {"name": "POSTGRES_DATABASE", "value": auth["database"]},
        ],
        ports=ports(tcp_postgresql=PORT),
        resources=primary["resources"],
        securityContext=primary["containerSecurityContext"],
        volumeMounts=[{"name": "data", "mountPath": "/bitnami/postgresql"}],
    )
    persistent = bool(dig(primary, "persistence.enabled"))
    workload = Workload(
        name=name,
        labels=labels,
        selector=selector,
        containers=[database],
        pod={
            "serviceAccountName": name,
            "automountServiceAccountToken": False,
            "securityContext": primary["podSecurityContext"],
            "volumes": [] if persistent else [{"name": "data", "emptyDir": {}}],
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
    if not auth["existingSecret"]:
        given = str(auth.get("password") or "")
        objects.append(secret(release.meta(name, labels), {"postgres-password": given or GENERATED, "password": given}))
    return objects


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
