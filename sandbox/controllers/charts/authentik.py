"""Chart authentik: server, worker, the Secret with their configuration, and PostgreSQL where the values ask for it.

Security contexts are empty by default: pod security `restricted` needs values; the bundled PostgreSQL passes it as it
is. Not covered: autoscaling, Ingress and HTTPRoute by values, GeoIP, Redis (2025.10 needs none), service monitors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from sandbox.controllers.charts import postgresql
from sandbox.controllers.charts.base import (
    Chart,
    Object,
    Release,
    Values,
    Workload,
    cluster_role,
    cluster_role_binding,
    container,
    dig,
    ports,
    secret,
    service,
    service_account,
    service_port,
    text,
)

PART: Final[Object] = {
    "enabled": True,
    "replicas": 1,
    "image": {},
    "env": [],
    "envFrom": [],
    "podLabels": {},
    "podAnnotations": {},
    "deploymentAnnotations": {},
    "securityContext": {},
    "containerSecurityContext": {},
    "resources": {},
    "volumes": [],
    "volumeMounts": [],
    "topologySpreadConstraints": [],
    "pdb": {"enabled": False},
    "metrics": {"enabled": False},
}
DEFAULTS: Final[Object] = {
    "global": {
        "image": {"repository": "ghcr.io/goauthentik/server", "tag": ""},
        "env": [],
        "envFrom": [],
        "podLabels": {},
        "podAnnotations": {},
        "deploymentAnnotations": {},
        "securityContext": {},
        "volumes": [],
        "volumeMounts": [],
        "topologySpreadConstraints": [],
    },
    "authentik": {
        "enabled": True,
        "log_level": "info",
        "secret_key": "",
        "web": {"path": "/"},
        "email": {"host": "", "port": 587, "username": "", "password": "", "use_tls": False, "use_ssl": False},
        "outposts": {"container_image_base": "ghcr.io/goauthentik/%(type)s:%(version)s"},
        "error_reporting": {"enabled": False, "environment": "k8s", "send_pii": False},
        "postgresql": {
            "host": "{{ .Release.Name }}-postgresql",
            "name": "authentik",
            "user": "authentik",
            "port": 5432,
        },
    },
    "blueprints": {"configMaps": [], "secrets": []},
    "server": {**PART, "service": {"type": "ClusterIP", "servicePortHttp": 80, "servicePortHttps": 443}},
    "worker": PART,
    "serviceAccount": {"create": True, "fullnameOverride": "authentik"},
    "postgresql": postgresql.DEFAULTS,
    "geoip": {"enabled": False},
    "redis": {"enabled": False},
    "prometheus": {},
}


def _render(release: Release) -> list[Object]:
    values = release.values
    fullname = release.fullname("authentik")
    objects: list[Object] = []
    environment = environment_of(release)
    if dig(values, "authentik.enabled"):
        meta = release.meta(fullname, release.labels("authentik", part_of="authentik"))
        objects.append(secret(meta, environment))
    for part in ("server", "worker"):
        if dig(values, f"{part}.enabled"):
            objects += _part(release, fullname, part, environment)
    if dig(values, "server.enabled"):
        objects.append(_service(release, fullname))
    if dig(values, "serviceAccount.create"):
        name = str(dig(values, "serviceAccount.fullnameOverride"))
        labels = release.labels("service-account", part_of="authentik")
        role = f"{name}-{release.namespace}"
        rules = [{"apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"], "verbs": ["list"]}]
        objects += [
            service_account(release.meta(name, labels)),
            cluster_role(role, labels, rules),
            cluster_role_binding(role, labels, release, name),
            *_outpost_rights(release, name, labels),
        ]
    if dig(values, "postgresql.enabled"):
        objects += postgresql.render(release, values["postgresql"])
    return objects


def environment_of(release: Release) -> dict[str, str]:
    """The values below `authentik` as the server's environment variables; empty ones are left out."""

    def flat(values: Mapping[str, Any], prefix: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for key, value in values.items():
            name = f"{prefix}{key.upper()}"
            if isinstance(value, Mapping):
                found.update(flat(value, f"{name}__"))
            elif value not in ("", None):
                found[name] = text(value).replace("{{ .Release.Name }}", release.name)
        return found

    given = {
        key: value for key, value in release.values["authentik"].items() if key not in ("enabled", "existingSecret")
    }
    return flat(given, "AUTHENTIK_")


def _part(release: Release, fullname: str, part: str, environment: Mapping[str, str]) -> list[Object]:
    shared, own = release.values["global"], release.values[part]
    name = f"{fullname}-{part}"
    labels = release.labels("authentik", component=part, part_of="authentik")
    selector = release.selector("authentik", component=part)
    sources = [*shared["envFrom"], *own["envFrom"]]
    if dig(release.values, "authentik.enabled"):
        sources = [{"secretRef": {"name": fullname}}, *sources]
    image = dig(own, "image.repository") or shared["image"]["repository"]
    tag = dig(own, "image.tag") or shared["image"]["tag"] or release.version
    listens = ports(http=9000, https=9443, metrics=9300) if part == "server" else ports(http=9000, metrics=9300)
    main = container(
        part,
        f"{image}:{tag}",
        args=[part],
        env=[*shared["env"], *own["env"]],
        envFrom=sources,
        ports=listens,
        resources=own["resources"],
        securityContext=own["containerSecurityContext"],
        volumeMounts=[*shared["volumeMounts"], *own["volumeMounts"]],
    )
    account = dig(release.values, "serviceAccount.fullnameOverride")
    pod: dict[str, Any] = {
        "securityContext": {**shared["securityContext"], **own["securityContext"]},
        "serviceAccountName": account if part == "worker" and dig(release.values, "serviceAccount.create") else None,
        "terminationGracePeriodSeconds": 30,
        "volumes": [*shared["volumes"], *own["volumes"], *(_blueprints(release.values) if part == "worker" else [])],
        "topologySpreadConstraints": [
            {"labelSelector": {"matchLabels": selector}, **constraint}
            for constraint in own["topologySpreadConstraints"] or shared["topologySpreadConstraints"]
        ],
    }
    checksum = hashlib.sha256(json.dumps(environment, sort_keys=True).encode()).hexdigest()
    workload = Workload(
        name=name,
        labels=labels,
        selector=selector,
        containers=[main],
        replicas=int(own["replicas"]),
        pod=pod,
        pod_labels={**labels, **shared["podLabels"], **own["podLabels"]},
        pod_annotations={"checksum/secret": checksum, **shared["podAnnotations"], **own["podAnnotations"]},
        annotations={**shared["deploymentAnnotations"], **own["deploymentAnnotations"]},
    )
    objects = [workload.render(release)]
    if dig(own, "pdb.enabled"):
        limit = {key: own["pdb"][key] for key in ("minAvailable", "maxUnavailable") if own["pdb"].get(key)}
        body = {"selector": {"matchLabels": selector}, **(limit or {"minAvailable": 0})}
        meta = release.meta(name, labels)
        objects.append({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": body})
    if dig(own, "metrics.enabled"):
        meta = release.meta(f"{name}-metrics", release.labels("authentik", component=f"{part}-metrics"))
        objects.append(service(meta, selector, [service_port("metrics", 9300, "metrics")]))
    return objects


def _blueprints(values: Values) -> list[Object]:
    maps = [
        {"name": f"blueprints-cm-{name}", "configMap": {"name": name}} for name in values["blueprints"]["configMaps"]
    ]
    secrets = [
        {"name": f"blueprints-secret-{name}", "secret": {"secretName": name}}
        for name in values["blueprints"]["secrets"]
    ]
    return [*maps, *secrets]


def _service(release: Release, fullname: str) -> Object:
    given = dig(release.values, "server.service")
    labels = release.labels("authentik", component="server", part_of="authentik")
    served = [
        service_port("http", int(given["servicePortHttp"]), 9000),
        service_port("https", int(given["servicePortHttps"]), 9443),
    ]
    meta = release.meta(f"{fullname}-server", labels)
    return service(meta, release.selector("authentik", component="server"), served, kind=given["type"])


def _outpost_rights(release: Release, name: str, labels: dict[str, str]) -> list[Object]:
    """What the worker may do in its own namespace, where it makes the Deployments of outposts."""
    group = "rbac.authorization.k8s.io"
    rules = [
        {"apiGroups": [""], "resources": ["secrets", "services", "configmaps"], "verbs": ["*"]},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]},
    ]
    meta = release.meta(name, labels)
    return [
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": release.namespace}],
        },
    ]


CHART: Final = Chart(
    name="authentik",
    repositories=frozenset({"https://charts.goauthentik.io", "ghcr.io/goauthentik/helm-charts"}),
    major="2025",
    defaults=DEFAULTS,
    render=_render,
)
