"""Chart connect (1Password): the Connect server and the operator.

Version 2.0 fixes its security contexts: pod security `baseline` accepts the pods, `restricted` does not, whatever the
values (configurable from 2.3 on). Its acceptance tests are Helm hooks that Argo CD leaves
out. Not covered: Ingress, TLS, autoscaling, disruption budgets, affinity.
"""

from __future__ import annotations

import base64
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
    secret,
    service,
    service_account,
    service_port,
    text,
)

CONNECT_VERSION: Final = "1.8.1"
OPERATOR_VERSION: Final = "1.9.1"
DEFAULTS: Final[Object] = {
    "connect": {
        "create": True,
        "replicas": 1,
        "applicationName": "onepassword-connect",
        "host": "onepassword-connect",
        "api": {"name": "connect-api", "imageRepository": "1password/connect-api", "httpPort": 8080, "resources": {}},
        "sync": {
            "name": "connect-sync",
            "imageRepository": "1password/connect-sync",
            "httpPort": 8081,
            "resources": {},
        },
        "serviceType": "ClusterIP",
        "credentialsName": "op-credentials",
        "credentialsKey": "1password-credentials.json",
        "version": CONNECT_VERSION,
        "podLabels": {},
        "podAnnotations": {},
        "nodeSelector": {},
        "tolerations": [],
    },
    "operator": {
        "create": False,
        "replicas": 1,
        "autoRestart": False,
        "authMethod": "connect",
        "applicationName": "onepassword-connect-operator",
        "imageRepository": "1password/onepassword-operator",
        "version": OPERATOR_VERSION,
        "pollingInterval": 600,
        "watchNamespace": [],
        "logLevel": "info",
        "resources": {},
        "token": {"name": "onepassword-token", "key": "token", "value": None},
        "serviceAccountToken": {"name": "onepassword-service-account-token", "key": "token", "value": None},
        "serviceAccount": {"create": None, "name": "onepassword-connect-operator", "annotations": {}},
        "podLabels": {},
        "podAnnotations": {},
        "nodeSelector": {},
        "tolerations": [],
    },
    "acceptanceTests": {"enabled": False, "healthCheck": {"enabled": True}},
}


def _security(user: int) -> Object:
    return {"runAsUser": user, "runAsGroup": user, "allowPrivilegeEscalation": False}


def _render(release: Release) -> list[Object]:
    objects: list[Object] = []
    if dig(release.values, "connect.create"):
        objects += _connect(release)
    if dig(release.values, "operator.create"):
        objects += _operator(release)
    return objects


def _labels(release: Release, component: str) -> dict[str, str]:
    return release.labels("connect", component=component)


def _connect(release: Release) -> list[Object]:
    connect = release.values["connect"]
    name = connect["applicationName"]
    labels = _labels(release, "connect")
    api, sync = connect["api"], connect["sync"]
    session = {
        "name": "OP_SESSION",
        "valueFrom": {"secretKeyRef": {"name": connect["credentialsName"], "key": connect["credentialsKey"]}},
    }
    containers = [
        container(
            part["name"],
            f"{part['imageRepository']}:{connect['version']}",
            securityContext=_security(999),
            env=[session, {"name": "OP_HTTP_PORT", "value": text(part["httpPort"])}],
            volumeMounts=[{"name": "shared-data", "mountPath": "/home/opuser/.op/data"}],
            resources=part["resources"],
        )
        for part in (api, sync)
    ]
    pod: dict[str, Any] = {
        "volumes": [
            {"name": "shared-data", "emptyDir": {}},
            {"name": "credentials", "secret": {"secretName": connect["credentialsName"]}},
        ],
        "nodeSelector": connect["nodeSelector"],
        "tolerations": connect["tolerations"],
    }
    selector = {"app": name}
    workload = Workload(
        name=name,
        labels=labels,
        selector=selector,
        containers=containers,
        replicas=int(connect["replicas"]),
        pod=pod,
        pod_labels={
            **selector,
            "version": text(connect["version"]),
            "app.kubernetes.io/component": "connect",
            **connect["podLabels"],
        },
        pod_annotations=connect["podAnnotations"],
    )
    listening = [service_port(part["name"], part["httpPort"]) for part in (sync, api)]
    objects = [
        workload.render(release),
        service(release.meta(name, labels), selector, listening, kind=connect["serviceType"]),
    ]
    encoded = connect.get("credentials_base64")
    if connect.get("credentials"):
        # Version 2.0 stores base64 text in the Secret: Connect reads it so from its environment.
        encoded = base64.b64encode(str(connect["credentials"]).encode()).decode()
    if encoded:
        meta = release.meta(connect["credentialsName"], labels)
        objects.append(secret(meta, {connect["credentialsKey"]: encoded}))
    return objects


def _operator(release: Release) -> list[Object]:
    operator, connect = release.values["operator"], release.values["connect"]
    name = operator["applicationName"]
    labels = _labels(release, "operator")
    account = operator["serviceAccount"]["name"]
    by_account = operator["authMethod"] == "service-account"
    token = operator["serviceAccountToken" if by_account else "token"]
    credential = {"secretKeyRef": {"name": token["name"], "key": token["key"]}}
    variable = "OP_SERVICE_ACCOUNT_TOKEN" if by_account else "OP_CONNECT_TOKEN"
    env: list[Object] = [
        {"name": "WATCH_NAMESPACE", "value": ",".join(operator["watchNamespace"])},
        {"name": "OPERATOR_NAME", "value": name},
        {"name": "POLLING_INTERVAL", "value": text(operator["pollingInterval"])},
        {"name": "AUTO_RESTART", "value": text(operator["autoRestart"])},
        {"name": variable, "valueFrom": credential},
    ]
    if not by_account:
        env.append({"name": "OP_CONNECT_HOST", "value": f"http://{connect['host']}:{connect['api']['httpPort']}"})
    manager = container(
        connect["applicationName"],
        f"{operator['imageRepository']}:{operator['version']}",
        command=["/manager"],
        args=[f"--zap-log-level={operator['logLevel']}"],
        env=env,
        securityContext={**_security(65532), "capabilities": {"drop": ["all"]}},
        resources=operator["resources"],
    )
    selector = {"name": connect["applicationName"]}
    workload = Workload(
        name=name,
        labels=labels,
        selector=selector,
        containers=[manager],
        replicas=int(operator["replicas"]),
        pod={
            "serviceAccountName": account,
            "nodeSelector": operator["nodeSelector"],
            "tolerations": operator["tolerations"],
        },
        pod_labels={**selector, "app.kubernetes.io/component": "operator", **operator["podLabels"]},
        pod_annotations=operator["podAnnotations"],
    )
    rules = [{"apiGroups": ["onepassword.com"], "resources": ["*"], "verbs": ["*"]}]
    objects = [
        workload.render(release),
        service_account(release.meta(account, labels)),
        cluster_role(name, labels, rules),
        cluster_role_binding(name, labels, release, account),
    ]
    if token.get("value"):
        objects.append(secret(release.meta(token["name"], labels), {token["key"]: text(token["value"])}))
    return objects


CHART: Final = Chart(
    name="connect",
    repositories=frozenset({"https://1password.github.io/connect-helm-charts"}),
    major="2",
    defaults=DEFAULTS,
    render=_render,
    crd_folder="onepassword",
    crds_are_a_folder=True,
)
