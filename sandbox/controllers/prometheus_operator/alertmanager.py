"""Everything that an Alertmanager is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.objects import encode
from sandbox.controllers.prometheus_operator import names, pods, statefulsets
from sandbox.controllers.prometheus_operator.belongings import meta, packed, secret
from sandbox.controllers.prometheus_operator.installation import Operator
from sandbox.controllers.prometheus_operator.reloading import Reloading, reloaders

SERVICE: Final = "alertmanager-operated"
APP: Final = "alertmanager"
FILE: Final = "alertmanager.yaml.gz"
DATA: Final = "/alertmanager"
CONFIG_DIR, OUT_DIR = "/etc/alertmanager/config", "/etc/alertmanager/config_out"
WEB_CONFIG_DIR: Final = "/etc/alertmanager/web_config"
WEB_CONFIG: Final = f"{WEB_CONFIG_DIR}/web-config.yaml"
CONFIG: Final = "config-volume"
UNPACKED: Final = "alertmanager.env.yaml"
CLUSTER_TLS: Final = "cluster-tls-config"
DEFAULT_RETENTION: Final = "120h"
DEFAULT_MEMORY: Final = "200Mi"
STOP_SECONDS: Final = 120
FIELDS: Final = statefulsets.SPEC_FIELDS | {
    "alertmanagerConfigMatcherStrategy",
    "alertmanagerConfigNamespaceSelector",
    "alertmanagerConfigSelector",
    "alertmanagerConfiguration",
    "configSecret",
    "forceEnableClusterMode",
}


def selector(name: str) -> dict[str, str]:
    """By what the pods of an Alertmanager are known."""
    return {
        "app.kubernetes.io/managed-by": names.OPERATOR,
        "app.kubernetes.io/name": APP,
        "app.kubernetes.io/instance": name,
        "alertmanager": name,
    }


def check(alertmanager: kube.Object) -> None:
    """ConfigurationError if its spec says something that would be passed over here."""
    statefulsets.check_fields(alertmanager, FIELDS)


def secrets(alertmanager: kube.Object, configuration: Mapping[str, Any]) -> Iterator[kube.Object]:
    """What its pods read: the configuration, and the files around it."""
    name = names.prefixed("alertmanager", alertmanager["metadata"]["name"])
    yield secret(alertmanager, f"{name}-generated", {FILE: packed(configuration)})
    yield secret(alertmanager, f"{name}-tls-assets-0", {})
    yield secret(alertmanager, f"{name}-web-config", encode({"web-config.yaml": "{}\n"}))
    yield secret(alertmanager, f"{name}-{CLUSTER_TLS}", encode({f"{CLUSTER_TLS}.yaml": ""}))


def service(alertmanager: kube.Object) -> kube.Object:
    """The Service of all Alertmanagers of a namespace, by which they also find each other."""
    port = _port(alertmanager)
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta(alertmanager, SERVICE, {"operated-alertmanager": "true"}, managing=False),
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "ports": [
                {"name": port, "port": names.ALERTMANAGER_WEB, "targetPort": port, "protocol": "TCP"},
                {"name": "tcp-mesh", "port": names.MESH, "targetPort": "mesh-tcp", "protocol": "TCP"},
                {"name": "udp-mesh", "port": names.MESH, "targetPort": "mesh-udp", "protocol": "UDP"},
            ],
            "selector": {"app.kubernetes.io/name": APP},
        },
    }


def stateful_set(alertmanager: kube.Object, operator: Operator) -> kube.Object:
    """Its pods."""
    spec, name = alertmanager["spec"], alertmanager["metadata"]["name"]
    called = names.prefixed("alertmanager", name)
    web_config = pods.web_config_mount(WEB_CONFIG_DIR)
    reloading = Reloading(
        volume=CONFIG,
        folder=CONFIG_DIR,
        file=FILE,
        out=OUT_DIR,
        file_out=UNPACKED,
        url=f"http://{operator.localhost}:{names.ALERTMANAGER_WEB}{_prefix(spec)}-/reload",
        watched=[CONFIG_DIR],
        mounts=[web_config],
        web_config=WEB_CONFIG,
        shard=-1,
    )
    first, going_on = reloaders(operator, reloading)
    automount = spec.get("automountServiceAccountToken")
    pod = {
        **({} if automount is None else {"automountServiceAccountToken": automount}),
        "terminationGracePeriodSeconds": spec.get("terminationGracePeriodSeconds", STOP_SECONDS),
        "initContainers": [first],
        "containers": [_server(alertmanager, web_config), going_on],
        "volumes": [
            *pods.volumes(called, f"{called}-generated", CONFIG),
            {"name": CLUSTER_TLS, "secret": {"secretName": f"{called}-{CLUSTER_TLS}"}},
        ],
    }
    return statefulsets.stateful_set(alertmanager, labels=selector(name), own_labels={}, service=SERVICE, pod=pod)


def _port(alertmanager: kube.Object) -> str:
    return str(alertmanager["spec"].get("portName") or "web")


def _prefix(spec: Mapping[str, Any]) -> str:
    return str(spec.get("routePrefix") or "/").rstrip("/") + "/"


def _server(alertmanager: kube.Object, web_config: Mapping[str, Any]) -> dict[str, Any]:
    spec, port = alertmanager["spec"], _port(alertmanager)
    resources = spec.get("resources") or {}
    requests = {"memory": DEFAULT_MEMORY, **(resources.get("requests") or {})}
    tls_file = f"{CLUSTER_TLS}.yaml"

    def probe(path: str, **more: int) -> dict[str, Any]:
        get = {"path": f"{_prefix(spec)}-/{path}", "port": port}
        return {"httpGet": get, "timeoutSeconds": 3, "failureThreshold": 10, **more}

    return {
        "name": "alertmanager",
        "image": statefulsets.image_of(alertmanager),
        "args": pods.more_arguments(spec, _arguments(alertmanager)),
        "env": [{"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}],
        "ports": [
            {"name": port, "containerPort": names.ALERTMANAGER_WEB, "protocol": "TCP"},
            {"name": "mesh-tcp", "containerPort": names.MESH, "protocol": "TCP"},
            {"name": "mesh-udp", "containerPort": names.MESH, "protocol": "UDP"},
        ],
        "volumeMounts": [
            {"name": CONFIG, "mountPath": CONFIG_DIR},
            {"name": pods.CONFIG_OUT, "mountPath": OUT_DIR, "readOnly": True},
            {"name": pods.TLS_ASSETS, "mountPath": "/etc/alertmanager/certs", "readOnly": True},
            statefulsets.data_mount(alertmanager, DATA),
            *(spec.get("volumeMounts") or []),
            web_config,
            {
                "name": CLUSTER_TLS,
                "mountPath": f"/etc/alertmanager/cluster_tls_config/{tls_file}",
                "subPath": tls_file,
                "readOnly": True,
            },
        ],
        "readinessProbe": probe("ready", initialDelaySeconds=3, periodSeconds=5),
        "livenessProbe": probe("healthy"),
        "resources": {**resources, "requests": requests},
        "securityContext": pods.CONFINED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _arguments(alertmanager: kube.Object) -> list[str]:
    spec, name = alertmanager["spec"], alertmanager["metadata"]["name"]
    replicas = int(spec.get("replicas", 1))
    alone = replicas == 1 and not spec.get("forceEnableClusterMode")
    called = names.prefixed("alertmanager", name)
    return [
        f"--config.file={OUT_DIR}/{UNPACKED}",
        f"--storage.path={DATA}",
        f"--data.retention={spec.get('retention') or DEFAULT_RETENTION}",
        f"--cluster.listen-address={'' if alone else '[$(POD_IP)]:9094'}",
        f"--web.listen-address=:{names.ALERTMANAGER_WEB}",
        *([f"--web.external-url={spec['externalUrl']}"] if spec.get("externalUrl") else []),
        f"--web.route-prefix={spec.get('routePrefix') or '/'}",
        *pods.log_arguments(spec),
        f"--cluster.label={kube.name_of(alertmanager)}",
        *(f"--cluster.peer={called}-{number}.{SERVICE}:{names.MESH}" for number in range(replicas)),
        "--cluster.reconnect-timeout=5m",
        f"--web.config.file={WEB_CONFIG}",
    ]
