"""Chart argo-cd: its CRDs, workloads, Services and configuration.

Every pod passes pod security `restricted`. Not covered: Ingresses and routes by values, high-availability Redis,
autoscaling, the commit server, repositories and credentials given as values, service monitors.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.controllers.charts.base import (
    RESTRICTED_CONTAINER,
    Chart,
    Object,
    Release,
    Values,
    Workload,
    cluster_role,
    cluster_role_binding,
    config_map,
    container,
    dig,
    ports,
    secret,
    service,
    service_account,
    service_port,
)

CONTAINER: Final[Object] = {**RESTRICTED_CONTAINER, "runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
PART: Final[Object] = {
    "replicas": 1,
    "image": {},
    "resources": {},
    "containerSecurityContext": CONTAINER,
    "podLabels": {},
    "podAnnotations": {},
    "pdb": {"enabled": False},
    "metrics": {"enabled": False},
    "topologySpreadConstraints": [],
}
DEFAULTS: Final[Object] = {
    "global": {
        "domain": "argocd.example.com",
        "image": {"repository": "quay.io/argoproj/argocd", "tag": ""},
        "securityContext": {},
        "podLabels": {},
        "podAnnotations": {},
        "topologySpreadConstraints": [],
        "networkPolicy": {"create": False},
    },
    "nameOverride": "argocd",
    "crds": {"install": True, "keep": True, "annotations": {}},
    "configs": {
        "cm": {
            "create": True,
            "application.instanceLabelKey": "argocd.argoproj.io/instance",
            "application.sync.impersonation.enabled": False,
            "admin.enabled": True,
            "exec.enabled": False,
            "statusbadge.enabled": False,
            "timeout.hard.reconciliation": "0s",
            "timeout.reconciliation": "180s",
        },
        "params": {"create": True},
        "rbac": {
            "create": True,
            "policy.default": "",
            "policy.csv": "",
            "policy.matchMode": "glob",
            "scopes": "[groups]",
        },
        "secret": {"createSecret": True, "extra": {}},
    },
    "controller": PART,
    "server": {**PART, "service": {"type": "ClusterIP", "servicePortHttp": 80, "servicePortHttps": 443}},
    "repoServer": PART,
    "applicationSet": PART,
    "notifications": {**PART, "enabled": True, "notifiers": {}, "templates": {}, "triggers": {}, "subscriptions": []},
    "dex": {**PART, "enabled": True, "image": {"repository": "ghcr.io/dexidp/dex", "tag": "v2.44.0"}},
    "redis": {
        **PART,
        "enabled": True,
        "image": {"repository": "ecr-public.aws.com/docker/library/redis", "tag": "8.2.2-alpine"},
        "securityContext": {"runAsNonRoot": True, "runAsUser": 999, "seccompProfile": {"type": "RuntimeDefault"}},
        "containerSecurityContext": RESTRICTED_CONTAINER,
    },
    "redisSecretInit": {"enabled": True},
}
LISTENS: Final[dict[str, dict[str, int]]] = {
    "application-controller": {"metrics": 8082},
    "applicationset-controller": {"metrics": 8080, "probe": 8081, "webhook": 7000},
    "dex-server": {"http": 5556, "grpc": 5557, "metrics": 5558},
    "notifications-controller": {"metrics": 9001},
    "redis": {"redis": 6379},
    "repo-server": {"repo_server": 8081, "metrics": 8084},
    "server": {"server": 8080, "metrics": 8083},
}


def _render(release: Release) -> list[Object]:
    values = release.values
    parts = {
        "application-controller": values["controller"],
        "applicationset-controller": values["applicationSet"],
        "repo-server": values["repoServer"],
        "server": values["server"],
    }
    for component, key in (("dex-server", "dex"), ("notifications-controller", "notifications"), ("redis", "redis")):
        if dig(values, f"{key}.enabled"):
            parts[component] = values[key]
    objects = [made for component, part in parts.items() for made in _part(release, component, part)]
    return [*objects, *_services(release, parts), *_configuration(release)]


def _labels(release: Release, component: str) -> dict[str, str]:
    return release.labels(f"argocd-{component}", component=component, part_of="argocd")


def _selector(release: Release, component: str) -> dict[str, str]:
    """By which a part's workload selects its pods: all the chart's labels of that kind, but for Redis."""
    selector = release.selector(f"argocd-{component}")
    return {"app.kubernetes.io/name": selector["app.kubernetes.io/name"]} if component == "redis" else selector


def _part(release: Release, component: str, values: Values) -> list[Object]:
    shared = release.values["global"]
    name = f"{release.fullname('argocd')}-{component}"
    labels = _labels(release, component)
    selector = _selector(release, component)
    image = {**shared["image"], **{key: value for key, value in (values["image"] or {}).items() if value}}
    env: list[Object] = []
    if component in ("application-controller", "redis", "repo-server", "server"):
        reference = {"name": f"{release.fullname('argocd')}-redis", "key": "auth"}
        env.append({"name": "REDIS_PASSWORD", "valueFrom": {"secretKeyRef": reference}})
    main = container(
        component,
        f"{image['repository']}:{image.get('tag') or release.version}",
        ports=ports(**LISTENS[component]),
        env=env,
        resources=values["resources"],
        securityContext=values["containerSecurityContext"],
    )
    pod: dict[str, Any] = {
        # The chart makes Redis no account of its own.
        "serviceAccountName": "default" if component == "redis" else name,
        "automountServiceAccountToken": True,
        "securityContext": values.get("securityContext") or shared["securityContext"],
        "topologySpreadConstraints": [
            {"labelSelector": {"matchLabels": selector}, **constraint}
            for constraint in values["topologySpreadConstraints"] or shared["topologySpreadConstraints"]
        ],
    }
    stateful = component == "application-controller"
    workload = Workload(
        name=name,
        labels=labels,
        selector=selector,
        containers=[main],
        replicas=int(values["replicas"]),
        pod=pod,
        pod_labels={**labels, **shared["podLabels"], **values["podLabels"]},
        pod_annotations={**shared["podAnnotations"], **values["podAnnotations"]},
        spec={"serviceName": name} if stateful else {},
    )
    objects = [workload.render(release, "StatefulSet" if stateful else "Deployment")]
    if component != "redis":
        objects.append(service_account(release.meta(name, labels)))
    if component in ("application-controller", "notifications-controller", "server"):
        rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        objects += [cluster_role(name, labels, rules), cluster_role_binding(name, labels, release, name)]
    if dig(values, "pdb.enabled"):
        limit = {key: values["pdb"][key] for key in ("minAvailable", "maxUnavailable") if values["pdb"].get(key)}
        body = {"selector": {"matchLabels": selector}, **(limit or {"minAvailable": 0})}
        meta = release.meta(name, labels)
        objects.append({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": body})
    return objects


def _services(release: Release, parts: dict[str, Any]) -> list[Object]:
    given = dig(release.values, "server.service")
    served = {
        "applicationset-controller": [service_port("http-webhook", 7000, "webhook")],
        "dex-server": [service_port("http", 5556, "http"), service_port("grpc", 5557, "grpc")],
        "redis": [service_port("redis", 6379, "redis")],
        "repo-server": [service_port("tcp-repo-server", 8081, "repo-server")],
        "server": [
            service_port("http", int(given["servicePortHttp"]), 8080),
            service_port("https", int(given["servicePortHttps"]), 8080),
        ],
    }
    objects = []
    for component, values in parts.items():
        name = f"{release.fullname('argocd')}-{component}"
        labels, selector = _labels(release, component), release.selector(f"argocd-{component}")
        if component in served:
            kind = given["type"] if component == "server" else "ClusterIP"
            objects.append(service(release.meta(name, labels), selector, served[component], kind=kind))
        if dig(values, "metrics.enabled"):
            meta = release.meta(f"{name}-metrics", {**labels, "app.kubernetes.io/component": component})
            port = service_port("http-metrics", LISTENS[component]["metrics"], "metrics")
            objects.append(service(meta, selector, [port]))
    return objects


def _configuration(release: Release) -> list[Object]:
    """The ConfigMaps and Secrets, named without the release's name: Argo CD looks them up by these names."""
    values = release.values
    configs = values["configs"]
    shared = {"url": f"https://{dig(values, 'global.domain')}"}
    redis = release.fullname("argocd") + "-redis"
    made = {
        "argocd-cm": {**shared, **configs["cm"]},
        "argocd-cmd-params-cm": {"redis.server": f"{redis}:6379", **configs["params"]},
        "argocd-rbac-cm": configs["rbac"],
    }
    objects = []
    for name, data in made.items():
        if data.get("create", True):
            kept = {k: v for k, v in data.items() if k not in ("create", "annotations") and v is not None}
            objects.append(config_map(release.meta(name, _named(release, name)), kept))
    empty = ("argocd-ssh-known-hosts-cm", "argocd-tls-certs-cm", "argocd-gpg-keys-cm")
    objects += [config_map(release.meta(name, _named(release, name)), {}) for name in empty]
    if dig(values, "notifications.enabled"):
        given = values["notifications"]
        context = {"context": f"argocdUrl: https://{dig(values, 'global.domain')}\n"}
        data = {**context, **given["notifiers"], **given["templates"], **given["triggers"]}
        objects.append(
            config_map(release.meta("argocd-notifications-cm", _named(release, "argocd-notifications-cm")), data)
        )
    if dig(configs, "secret.createSecret"):
        meta = release.meta("argocd-secret", _named(release, "argocd-secret"))
        objects.append(secret(meta, dig(configs, "secret.extra") or {}))
    return objects


def _named(release: Release, name: str) -> dict[str, str]:
    return release.labels(name, component="server", part_of="argocd")


CHART: Final = Chart(
    name="argo-cd",
    repositories=frozenset(
        {"https://argoproj.github.io/argo-helm", "ghcr.io/argoproj/argo-helm", "oci://ghcr.io/argoproj/argo-helm"}
    ),
    major="9",
    defaults=DEFAULTS,
    render=_render,
    crd_folder="argo-cd",
    brings_crds=lambda values: bool(dig(values, "crds.install")),
    keeps_crds=lambda values: bool(dig(values, "crds.keep")),
)
