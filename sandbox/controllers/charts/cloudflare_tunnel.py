"""Chart cloudflare-tunnel-ingress-controller: the controller, its IngressClass and its credentials' Secret.

Its security contexts are empty by default: pod security `restricted` needs values. The connector Deployment that the
controller makes by itself has none at all (see `tunnel.py` of the controllers).
"""

from __future__ import annotations

from typing import Any, Final

from sandbox.controllers.charts.base import (
    Chart,
    Object,
    Release,
    Workload,
    cluster_role,
    cluster_role_binding,
    container,
    dig,
    ingress_class,
    secret,
    service,
    service_account,
    service_port,
    text,
)

NAME: Final = "cloudflare-tunnel-ingress-controller"
CONNECTOR: Final = "controlled-cloudflared-connector"
CONNECTOR_LABELS: Final = {"app": CONNECTOR, "strrl.dev/cloudflare-tunnel-ingress-controller": CONNECTOR}
RESOURCES: Final = {"cpu": "100m", "memory": "128Mi"}
DEFAULTS: Final[Object] = {
    "cloudflare": {"accountId": "", "tunnelName": "", "apiToken": ""},
    "ingressClass": {
        "name": "cloudflare-tunnel",
        "controllerValue": "strrl.dev/cloudflare-tunnel-ingress-controller",
        "isDefaultClass": False,
    },
    "replicaCount": 1,
    "image": {
        "repository": "cr.strrl.dev/strrl/cloudflare-tunnel-ingress-controller",
        "pullPolicy": "IfNotPresent",
        "tag": "",
    },
    "imagePullSecrets": [],
    "serviceAccount": {"create": True, "annotations": {}, "name": ""},
    "podAnnotations": {},
    "podSecurityContext": {},
    "securityContext": {},
    "resources": {"limits": RESOURCES, "requests": RESOURCES},
    "nodeSelector": {},
    "tolerations": [],
    "affinity": {},
    "priorityClassName": "",
    "cloudflared": {
        "image": {"repository": "cloudflare/cloudflared", "pullPolicy": "IfNotPresent", "tag": "latest"},
        "replicaCount": 1,
        "protocol": "auto",
        "extraArgs": [],
    },
    "cloudflaredServiceMonitor": {"create": False},
}


def _render(release: Release) -> list[Object]:
    values = release.values
    fullname = release.fullname(NAME)
    labels = release.labels(NAME)
    account = str(dig(values, "serviceAccount.name") or fullname)
    given = values["ingressClass"]
    rules = [{"apiGroups": ["networking.k8s.io"], "resources": ["ingresses"], "verbs": ["*"]}]
    headless = release.meta(f"{CONNECTOR}-headless", labels)
    objects = [
        _deployment(release, fullname, account, labels),
        service_account(release.meta(account, labels)),
        cluster_role(f"{fullname}-watch-ingress", labels, rules),
        cluster_role_binding(f"{fullname}-watch-ingress", labels, release, account),
        *_connector_rights(release, f"{fullname}-{CONNECTOR}", account, labels),
        ingress_class(given["name"], labels, given["controllerValue"], default=bool(given["isDefaultClass"])),
        service(headless, CONNECTOR_LABELS, [service_port("metrics", 44483)], clusterIP="None"),
    ]
    cloudflare = values["cloudflare"]
    if not cloudflare.get("secretRef"):
        data = {
            "api-token": text(cloudflare["apiToken"]),
            "cloudflare-account-id": text(cloudflare["accountId"]),
            "cloudflare-tunnel-name": text(cloudflare["tunnelName"]),
        }
        objects.append(secret(release.meta("cloudflare-api", labels), data))
    return objects


def _connector_rights(release: Release, name: str, account: str, labels: dict[str, str]) -> list[Object]:
    """What the controller may do in its own namespace, where it makes the connector's Deployment."""
    group = "rbac.authorization.k8s.io"
    meta = release.meta(name, labels)
    rules = [{"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]}]
    return [
        {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": meta, "rules": rules},
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": meta,
            "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": release.namespace}],
        },
    ]


def _deployment(release: Release, fullname: str, account: str, labels: dict[str, str]) -> Object:
    values = release.values
    cloudflared = values["cloudflared"]
    image = values["image"]
    given, flags = values["ingressClass"], [f"--cloudflared-protocol={cloudflared['protocol']}"]
    controller = container(
        NAME,
        f"{image['repository']}:{image['tag'] or release.version}",
        imagePullPolicy=image["pullPolicy"],
        command=[
            NAME,
            f"--ingress-class={given['name']}",
            f"--controller-class={given['controllerValue']}",
            "--cloudflare-api-token=$(CLOUDFLARE_API_TOKEN)",
            "--cloudflare-account-id=$(CLOUDFLARE_ACCOUNT_ID)",
            "--cloudflare-tunnel-name=$(CLOUDFLARE_TUNNEL_NAME)",
            "--namespace=$(NAMESPACE)",
            *flags,
            *(f"--cloudflared-extra-args={argument}" for argument in cloudflared["extraArgs"]),
        ],
        env=[
            *_credentials(values["cloudflare"]),
            {"name": "NAMESPACE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
            {
                "name": "CLOUDFLARED_IMAGE",
                "value": f"{cloudflared['image']['repository']}:{cloudflared['image']['tag']}",
            },
            {"name": "CLOUDFLARED_IMAGE_PULL_POLICY", "value": cloudflared["image"]["pullPolicy"]},
            {"name": "CLOUDFLARED_REPLICA_COUNT", "value": text(cloudflared["replicaCount"])},
        ],
        resources=values["resources"],
        securityContext=values["securityContext"],
    )
    pod: dict[str, Any] = {
        "serviceAccountName": account,
        "securityContext": values["podSecurityContext"],
        **{key: values[key] for key in ("imagePullSecrets", "nodeSelector", "tolerations", "affinity")},
        "priorityClassName": values["priorityClassName"] or None,
    }
    selector = release.selector(NAME)
    workload = Workload(
        name=fullname,
        labels=labels,
        selector=selector,
        containers=[controller],
        replicas=int(values["replicaCount"]),
        pod=pod,
        pod_labels=selector,
        pod_annotations=values["podAnnotations"],
    )
    return workload.render(release)


def _credentials(cloudflare: Object) -> list[Object]:
    """The three credentials, all from one Secret: an existing one by `secretRef`, or the chart's own."""
    given = cloudflare.get("secretRef") or {
        "name": "cloudflare-api",
        "apiTokenKey": "api-token",
        "accountIDKey": "cloudflare-account-id",
        "tunnelNameKey": "cloudflare-tunnel-name",
    }
    keys = (
        ("CLOUDFLARE_API_TOKEN", "apiTokenKey"),
        ("CLOUDFLARE_ACCOUNT_ID", "accountIDKey"),
        ("CLOUDFLARE_TUNNEL_NAME", "tunnelNameKey"),
    )
    return [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": given.get("name"), "key": given.get(key)}}}
        for variable, key in keys
    ]


CHART: Final = Chart(
    name=NAME,
    repositories=frozenset({"https://helm.strrl.dev"}),
    major="0",
    defaults=DEFAULTS,
    render=_render,
)
