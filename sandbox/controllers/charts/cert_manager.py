"""Chart cert-manager: controller, webhook and CA injector.

Not covered: the webhook configurations (no webhook would answer, so the API server would refuse every Certificate) and
the start-up check, a Helm hook.
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
    container,
    dig,
    ports,
    service,
    service_account,
    service_port,
)

POD_SECURITY: Final[Object] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
PART: Final[Object] = {
    "replicaCount": 1,
    "image": {},
    "securityContext": POD_SECURITY,
    "containerSecurityContext": RESTRICTED_CONTAINER,
    "resources": {},
    "podDisruptionBudget": {"enabled": False},
}


def _brings_crds(values: Values) -> bool:
    return bool(dig(values, "crds.enabled") or values.get("installCRDs"))


def _keeps_crds(values: Values) -> bool:
    return bool(dig(values, "crds.keep", True))


def _render(release: Release) -> list[Object]:
    values = release.values
    fullname = release.fullname("cert-manager")
    objects = [
        *_part(release, values, fullname, ("cert-manager", "controller"), {"http_metrics": 9402, "http_healthz": 9403}),
        *_leader_election(release, fullname),
    ]
    metrics = service_port("tcp-prometheus-servicemonitor", 9402, "http-metrics")
    objects.append(_service(release, fullname, "cert-manager", "controller", metrics))
    webhook = values["webhook"]
    listens = {"https": int(dig(webhook, "securePort", 10250)), "healthcheck": 6080, "http_metrics": 9402}
    objects += _part(release, webhook, f"{fullname}-webhook", ("webhook", "webhook"), listens)
    https = service_port("https", 443, "https")
    both = (https, service_port("metrics", 9402, "http-metrics"))
    objects.append(_service(release, f"{fullname}-webhook", "webhook", "webhook", *both))
    if dig(values, "cainjector.enabled", True):
        name = f"{fullname}-cainjector"
        objects += _part(release, values["cainjector"], name, ("cainjector", "cainjector"), {"http_metrics": 9402})
        port = service_port("http-metrics", 9402, "http-metrics")
        objects.append(_service(release, name, "cainjector", "cainjector", port))
    return objects


def _labels(release: Release, name: str, component: str) -> dict[str, str]:
    return {"app": name, **release.labels(name, component=component)}


def _service(release: Release, fullname: str, name: str, component: str, *served: Object) -> Object:
    meta = release.meta(fullname, _labels(release, name, component))
    return service(meta, release.selector(name, component=component), served)


def _part(
    release: Release, values: Values, fullname: str, called: tuple[str, str], listens: dict[str, int]
) -> list[Object]:
    """Everything of one part; it is `called` by its name and its component in its labels."""
    name, component = called
    labels = _labels(release, name, component)
    image = dig(values, "image.repository", f"quay.io/jetstack/cert-manager-{component}")
    part = container(
        f"cert-manager-{component}",
        f"{image}:{dig(values, 'image.tag', release.version)}",
        ports=ports(**listens),
        securityContext=values.get("containerSecurityContext"),
        resources=values.get("resources"),
        args=values.get("extraArgs"),
    )
    pod: dict[str, Any] = {
        "serviceAccountName": fullname,
        "securityContext": values.get("securityContext"),
        "nodeSelector": values.get("nodeSelector") or {"kubernetes.io/os": "linux"},
        "topologySpreadConstraints": values.get("topologySpreadConstraints"),
        "affinity": values.get("affinity"),
        "tolerations": values.get("tolerations"),
    }
    selector = release.selector(name, component=component)
    workload = Workload(
        name=fullname,
        labels=labels,
        selector=selector,
        containers=[part],
        replicas=int(values.get("replicaCount", 1)),
        pod=pod,
        pod_labels={**labels, **(values.get("podLabels") or {})},
        pod_annotations=values.get("podAnnotations") or {},
    )
    objects = [workload.render(release), service_account(release.meta(fullname, labels))]
    if dig(values, "podDisruptionBudget.enabled"):
        given = {key: values["podDisruptionBudget"].get(key) for key in ("minAvailable", "maxUnavailable")}
        limits = {key: value for key, value in given.items() if value is not None} or {"minAvailable": 1}
        body = {"selector": {"matchLabels": selector}, **limits}
        meta = release.meta(fullname, labels)
        objects.append({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": meta, "spec": body})
    role = f"{fullname}-{component}"
    rules = [{"apiGroups": ["cert-manager.io"], "resources": ["*"], "verbs": ["*"]}]
    return [*objects, cluster_role(role, labels, rules), cluster_role_binding(role, labels, release, fullname)]


def _leader_election(release: Release, fullname: str) -> list[Object]:
    """The Role by which the controller elects its leader. It lives in another namespace, as projects have to permit."""
    name = f"{fullname}:leaderelection"
    labels = _labels(release, "cert-manager", "controller")
    namespace = dig(release.values, "global.leaderElection.namespace", "kube-system")
    meta = {"name": name, "namespace": namespace, "labels": labels}
    rules = [{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update", "patch"]}]
    group = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": fullname, "namespace": release.namespace}],
        },
    ]


CHART: Final = Chart(
    name="cert-manager",
    repositories=frozenset({"https://charts.jetstack.io", "quay.io/jetstack/charts", "oci://quay.io/jetstack/charts"}),
    major="1",
    defaults={**PART, "crds": {"enabled": False, "keep": True}, "webhook": PART, "cainjector": PART},
    render=_render,
    crd_folder="cert-manager",
    brings_crds=_brings_crds,
    keeps_crds=_keeps_crds,
)
