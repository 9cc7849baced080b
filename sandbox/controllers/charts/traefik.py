"""Chart traefik: the proxy, its Service and IngressClass, and its CRDs; and chart traefik-crds, the CRDs alone.

The folder of CRDs that chart traefik has holds those of Traefik Hub and of the Gateway API too: the sandbox has
Traefik's own only, and refuses to be asked for others.

Pods pass pod security `restricted` but for the seccomp profile, which version 37 leaves to the values.
Not covered: DaemonSet, persistence, Gateway API, Hub, autoscaling, routes and stores given as values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.controllers.charts.base import (
    RESTRICTED_CONTAINER,
    Chart,
    ChartError,
    Object,
    Release,
    Values,
    Workload,
    cluster_role,
    cluster_role_binding,
    container,
    dig,
    ingress_class,
    service,
    service_account,
    service_port,
    text,
)

DEFAULTS: Final[Object] = {
    "deployment": {"enabled": True, "kind": "Deployment", "replicas": 1, "podLabels": {}, "podAnnotations": {}},
    "image": {"registry": "docker.io", "repository": "traefik", "tag": ""},
    "ingressClass": {"enabled": True, "isDefaultClass": True, "name": ""},
    "podDisruptionBudget": {"enabled": False},
    "podSecurityContext": {"runAsGroup": 65532, "runAsNonRoot": True, "runAsUser": 65532},
    "securityContext": RESTRICTED_CONTAINER,
    "ports": {
        "traefik": {"port": 8080, "expose": {"default": False}, "exposedPort": 8080, "protocol": "TCP"},
        "web": {"port": 8000, "expose": {"default": True}, "exposedPort": 80, "protocol": "TCP"},
        "websecure": {"port": 8443, "expose": {"default": True}, "exposedPort": 443, "protocol": "TCP"},
        "metrics": {"port": 9100, "expose": {"default": False}, "exposedPort": 9100, "protocol": "TCP"},
    },
    "providers": {
        "kubernetesCRD": {"enabled": True, "allowCrossNamespace": False, "allowExternalNameServices": False},
        "kubernetesIngress": {"enabled": True, "allowExternalNameServices": False},
    },
    "service": {"enabled": True, "type": "LoadBalancer", "spec": {}, "annotations": {}, "labels": {}},
    "rbac": {"enabled": True},
    "metrics": {"prometheus": {"service": {"enabled": False}}},
    "globalArguments": ["--global.checknewversion", "--global.sendanonymoususage"],
    "additionalArguments": [],
    "env": [],
    "resources": {},
    "logs": {},
    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
    "affinity": {},
    "tolerations": [],
    "nodeSelector": {},
    "topologySpreadConstraints": [],
    "volumes": [],
    "serviceAccount": {"name": ""},
}


def _render(release: Release) -> list[Object]:
    values = release.values
    fullname = release.fullname("traefik")
    instance = f"{release.name}-{release.namespace}"
    labels = release.labels("traefik", instance=instance)
    selector = release.selector("traefik", instance=instance)
    account = str(dig(values, "serviceAccount.name") or fullname)
    role = f"{fullname}-{release.namespace}"
    rules = [{"apiGroups": ["traefik.io"], "resources": ["*"], "verbs": ["get", "list", "watch"]}]
    objects: list[Object] = [
        _deployment(release, fullname, account, labels, selector),
        service_account(release.meta(account, labels)),
        cluster_role(role, labels, rules),
        cluster_role_binding(role, labels, release, account),
    ]
    if dig(values, "service.enabled", True):
        objects.append(_service(release, fullname, labels, selector))
    if dig(values, "metrics.prometheus.service.enabled"):
        meta = release.meta(f"{fullname}-metrics", labels)
        port = int(dig(values, "ports.metrics.port", 9100))
        objects.append(service(meta, selector, [service_port("metrics", port, "metrics")]))
    if dig(values, "ingressClass.enabled"):
        name = str(dig(values, "ingressClass.name") or fullname)
        default = bool(dig(values, "ingressClass.isDefaultClass"))
        objects.append(ingress_class(name, labels, "traefik.io/ingress-controller", default=default))
    if dig(values, "podDisruptionBudget.enabled"):
        objects.append(_disruption_budget(release, fullname, labels, selector))
    return objects


def _deployment(
    release: Release, fullname: str, account: str, labels: dict[str, str], selector: dict[str, str]
) -> Object:
    values = release.values
    if dig(values, "deployment.kind") != "Deployment":
        raise ChartError("traefik deployment.kind other than Deployment is not known to the sandbox")
    image = values["image"]
    tag = image.get("tag") or f"v{release.version}"
    proxy = container(
        fullname,
        f"{image['registry']}/{image['repository']}:{tag}",
        args=arguments(values),
        ports=[
            {"name": name.lower(), "containerPort": port["port"], "protocol": port.get("protocol", "TCP")}
            for name, port in values["ports"].items()
            if port
        ],
        env=values["env"],
        resources=values["resources"],
        securityContext=values["securityContext"],
        volumeMounts=[{"name": name, "mountPath": f"/{name}"} for name in ("data", "tmp")],
    )
    pod: dict[str, Any] = {
        "serviceAccountName": account,
        "automountServiceAccountToken": True,
        "terminationGracePeriodSeconds": 60,
        "securityContext": values["podSecurityContext"],
        "volumes": [{"name": "data", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}],
        **{key: values[key] for key in ("affinity", "tolerations", "nodeSelector")},
        "topologySpreadConstraints": _spread(values["topologySpreadConstraints"], selector),
    }
    workload = Workload(
        name=fullname,
        labels=labels,
        selector=selector,
        containers=[proxy],
        replicas=int(dig(values, "deployment.replicas", 1)),
        pod=pod,
        pod_labels={**labels, **(dig(values, "deployment.podLabels") or {})},
        pod_annotations=dig(values, "deployment.podAnnotations") or {},
        annotations=dig(values, "deployment.annotations") or {},
        spec={"strategy": values["updateStrategy"], "minReadySeconds": dig(values, "deployment.minReadySeconds", 0)},
    )
    return workload.render(release)


def _spread(constraints: list[Object], selector: Mapping[str, str]) -> list[Object]:
    # The chart evaluates these as a template; the label selector that its documentation shows is what it comes to.
    default = {"labelSelector": {"matchLabels": dict(selector)}}
    return [{**default, **constraint} for constraint in constraints]


def arguments(values: Values) -> list[str]:
    """The static configuration that the chart's values come to, as far as the platform's wiring depends on it."""
    given = [*values["globalArguments"], "--ping=true", "--api.dashboard=true"]
    for name, port in values["ports"].items():
        if not port:
            continue
        entry = f"--entryPoints.{name}"
        given.append(f"{entry}.address=:{port['port']}/{port.get('protocol', 'TCP').lower()}")
        for headers in ("forwardedHeaders", "proxyProtocol"):
            trusted = dig(port, f"{headers}.trustedIPs")
            if trusted:
                given.append(f"{entry}.{headers}.trustedIPs={','.join(trusted)}")
        redirect = dig(port, "redirections.entryPoint") or dig(port, "http.redirections.entryPoint")
        if redirect:
            given.append(f"{entry}.http.redirections.entryPoint.to=:{values['ports'][redirect['to']]['exposedPort']}")
        middlewares = port.get("middlewares") or dig(port, "http.middlewares")
        if middlewares:
            given.append(f"{entry}.http.middlewares={','.join(middlewares)}")
    for name, provider in values["providers"].items():
        if not isinstance(provider, Mapping) or not provider.get("enabled"):
            continue
        flag = f"--providers.{name.lower()}"
        given.append(flag)
        given += [
            f"{flag}.{key}={text(value)}" for key, value in provider.items() if value is True and key != "enabled"
        ]
    return [*given, *values["additionalArguments"]]


def _service(release: Release, fullname: str, labels: dict[str, str], selector: dict[str, str]) -> Object:
    values = release.values
    given = values["service"]
    exposed = [
        service_port(
            name.lower(),
            int(port.get("exposedPort") or port["port"]),
            port.get("targetPort") or name.lower(),
            **({"nodePort": port["nodePort"]} if port.get("nodePort") else {}),
        )
        for name, port in values["ports"].items()
        if port and dig(port, "expose.default")
    ]
    if not exposed:
        raise ChartError("traefik: none of the ports is exposed, so the Service has no ports")
    meta = release.meta(fullname, {**labels, **(given.get("labels") or {})}, given.get("annotations"))
    return service(meta, selector, exposed, kind=given["type"], **given["spec"])


def _disruption_budget(release: Release, fullname: str, labels: dict[str, str], selector: dict[str, str]) -> Object:
    given = release.values["podDisruptionBudget"]
    limits = {key: given[key] for key in ("minAvailable", "maxUnavailable") if given.get(key) is not None}
    body = {"selector": {"matchLabels": selector}, **limits}
    meta = release.meta(fullname, labels)
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": body}


CHART: Final = Chart(
    name="traefik",
    repositories=frozenset(
        {"https://traefik.github.io/charts", "https://helm.traefik.io/traefik", "ghcr.io/traefik/helm"}
    ),
    major="37",
    defaults=DEFAULTS,
    render=_render,
    crd_folder="traefik",
    crds_are_a_folder=True,
)


def _render_crds(release: Release) -> list[Object]:
    asked = [key for key in ("gatewayAPI", "hub") if release.values[key]]
    if asked:
        raise ChartError(f"traefik-crds {asked[0]}: the sandbox has Traefik's own CRDs only")
    return []


CRDS: Final = Chart(
    name="traefik-crds",
    repositories=CHART.repositories,
    major="1",
    defaults={"traefik": True, "gatewayAPI": False, "hub": False, "deleteOnUninstall": False},
    render=_render_crds,
    crd_folder="traefik",
    brings_crds=lambda values: bool(values["traefik"]),
    keeps_crds=lambda values: not values["deleteOnUninstall"],
)
