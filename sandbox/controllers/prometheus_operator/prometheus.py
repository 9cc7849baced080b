"""Everything that a Prometheus is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.objects import encode
from sandbox.controllers.prometheus_operator import names, pods, statefulsets
from sandbox.controllers.prometheus_operator.belongings import meta, packed, secret
from sandbox.controllers.prometheus_operator.configuration import RULES
from sandbox.controllers.prometheus_operator.errors import ConfigurationError
from sandbox.controllers.prometheus_operator.installation import Operator
from sandbox.controllers.prometheus_operator.reloading import Reloading, reloaders

SERVICE: Final = "prometheus-operated"
APP: Final = "prometheus"
FILE: Final = "prometheus.yaml.gz"
DATA: Final = "/prometheus"
CONFIG_DIR, OUT_DIR = "/etc/prometheus/config", "/etc/prometheus/config_out"
UNPACKED: Final = "prometheus.env.yaml"
CLIENT: Final = "thanos-prometheus-http-client-file"
CLIENT_FILE: Final = "prometheus.http-client-file.yaml"
DEFAULT_RETENTION: Final = "24h"
STOP_SECONDS: Final = 600
SELECTORS: Final = ("serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule")
FIELDS: Final = statefulsets.SPEC_FIELDS | {
    *(f"{kind}{part}" for kind in SELECTORS for part in ("Selector", "NamespaceSelector")),
    "alerting",
    "disableCompaction",
    "enableAdminAPI",
    "enableFeatures",
    "evaluationInterval",
    "externalLabels",
    "prometheusExternalLabelName",
    "remoteWrite",
    "replicaExternalLabelName",
    "retentionSize",
    "scrapeInterval",
    "scrapeTimeout",
    "serviceDiscoveryRole",
    "thanos",
    "walCompression",
}
SIDECAR_FIELDS: Final = {"blockSize", "image", "logFormat", "logLevel", "objectStorageConfig", "resources", "version"}


def selector(name: str) -> dict[str, str]:
    """By what the pods of a Prometheus are known."""
    return {
        "app.kubernetes.io/managed-by": names.OPERATOR,
        "app.kubernetes.io/name": APP,
        "app.kubernetes.io/instance": name,
        "operator.prometheus.io/name": name,
        "prometheus": name,
    }


def check(prometheus: kube.Object) -> None:
    """ConfigurationError if its spec says something that would be passed over here."""
    statefulsets.check_fields(prometheus, FIELDS)
    unknown = sorted((prometheus["spec"].get("thanos") or {}).keys() - SIDECAR_FIELDS)
    if unknown:
        raise ConfigurationError(f"spec.thanos.{unknown[0]}: not known to the sandbox's operator")


def secrets(prometheus: kube.Object, configuration: Mapping[str, Any]) -> Iterator[kube.Object]:
    """What its pods read: the configuration, and the files around it."""
    name = names.prefixed("prometheus", prometheus["metadata"]["name"])
    yield secret(prometheus, name, {FILE: packed(configuration)})
    yield secret(prometheus, f"{name}-tls-assets-0", {})
    yield secret(prometheus, f"{name}-web-config", encode({"web-config.yaml": "{}\n"}))
    unverified = encode({CLIENT_FILE: "tls_config:\n  insecure_skip_verify: true\n"})
    yield secret(prometheus, f"{name}-{CLIENT}", unverified)


def rule_files(prometheus: kube.Object, files: Sequence[Mapping[str, str]]) -> list[kube.Object]:
    """The ConfigMaps with its rules."""
    name = prometheus["metadata"]["name"]
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": meta(
                prometheus, f"{names.prefixed('prometheus', name)}-rulefiles-{number}", {names.RULES_OF: name}
            ),
            "data": dict(bucket),
        }
        for number, bucket in enumerate(files)
    ]


def service(prometheus: kube.Object) -> kube.Object:
    """The Service of all Prometheuses of a namespace."""
    port = _port(prometheus)
    ports = [{"name": port, "port": names.WEB, "targetPort": port}]
    if prometheus["spec"].get("thanos") is not None:
        ports.append({"name": "grpc", "port": names.GRPC, "targetPort": "grpc"})
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": meta(prometheus, SERVICE, {"operated-prometheus": "true"}, managing=False),
        "spec": {"clusterIP": "None", "ports": ports, "selector": {"app.kubernetes.io/name": APP}},
    }


def stateful_set(prometheus: kube.Object, operator: Operator, rules: Sequence[str]) -> kube.Object:
    """Its pods; `rules` are the names of the ConfigMaps with its rules."""
    spec, name = prometheus["spec"], prometheus["metadata"]["name"]
    called = names.prefixed("prometheus", name)
    rule_mounts = [{"name": item, "mountPath": f"{RULES}/{item}"} for item in rules]
    reloading = Reloading(
        volume=pods.CONFIG,
        folder=CONFIG_DIR,
        file=FILE,
        out=OUT_DIR,
        file_out=UNPACKED,
        url=f"http://{operator.localhost}:{names.WEB}{_prefix(spec)}-/reload",
        watched=[mount["mountPath"] for mount in rule_mounts],
        mounts=rule_mounts,
    )
    first, going_on = reloaders(operator, reloading)
    sidecar = [_sidecar(prometheus, operator)] if spec.get("thanos") is not None else []
    client = [{"name": CLIENT, "secret": {"secretName": f"{called}-{CLIENT}"}}] if sidecar else []
    pod = {
        "automountServiceAccountToken": spec.get("automountServiceAccountToken", True),
        "terminationGracePeriodSeconds": spec.get("terminationGracePeriodSeconds", STOP_SECONDS),
        "initContainers": [first],
        "containers": [_server(prometheus, rule_mounts), going_on, *sidecar],
        "volumes": [
            *pods.volumes(called, called),
            *({"name": item, "configMap": {"name": item}} for item in rules),
            *client,
        ],
    }
    return statefulsets.stateful_set(
        prometheus,
        labels={**selector(name), "operator.prometheus.io/shard": "0"},
        own_labels={"operator.prometheus.io/mode": "server"},
        service=SERVICE,
        pod=pod,
    )


def _port(prometheus: kube.Object) -> str:
    return str(prometheus["spec"].get("portName") or "web")


def _prefix(spec: Mapping[str, Any]) -> str:
    return str(spec.get("routePrefix") or "/").rstrip("/") + "/"


def _uploads(spec: Mapping[str, Any]) -> bool:
    return bool((spec.get("thanos") or {}).get("objectStorageConfig"))


def _server(prometheus: kube.Object, rule_mounts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    spec, port = prometheus["spec"], _port(prometheus)

    def probe(path: str, **more: int) -> dict[str, Any]:
        return {"httpGet": {"path": f"{_prefix(spec)}-/{path}", "port": port}, "timeoutSeconds": 3, **more}

    return {
        "name": "prometheus",
        "image": statefulsets.image_of(prometheus),
        "args": pods.more_arguments(spec, _arguments(spec)),
        "ports": [{"name": port, "containerPort": names.WEB, "protocol": "TCP"}],
        "volumeMounts": [
            {"name": pods.CONFIG_OUT, "mountPath": OUT_DIR, "readOnly": True},
            {"name": pods.TLS_ASSETS, "mountPath": "/etc/prometheus/certs", "readOnly": True},
            statefulsets.data_mount(prometheus, DATA),
            *(spec.get("volumeMounts") or []),
            *rule_mounts,
            pods.web_config_mount("/etc/prometheus/web_config"),
        ],
        "startupProbe": probe("ready", periodSeconds=15, failureThreshold=60),
        "readinessProbe": probe("ready", periodSeconds=5, failureThreshold=3),
        "livenessProbe": probe("healthy", periodSeconds=5, failureThreshold=6),
        "resources": spec.get("resources") or {},
        "securityContext": pods.CONFINED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }


def _arguments(spec: Mapping[str, Any]) -> list[str]:
    retention, size = spec.get("retention"), spec.get("retentionSize")
    kept = retention or ("" if size else DEFAULT_RETENTION)
    given = {
        "storage.tsdb.retention.time": kept,
        "storage.tsdb.retention.size": size,
        "web.external-url": spec.get("externalUrl"),
        "enable-feature": ",".join(spec.get("enableFeatures") or []),
    }
    wal = spec.get("walCompression")
    compacts = not spec.get("disableCompaction") and not _uploads(spec)
    block = (spec.get("thanos") or {}).get("blockSize") or "2h"
    return [
        f"--config.file={OUT_DIR}/{UNPACKED}",
        "--web.enable-lifecycle",
        f"--web.route-prefix={spec.get('routePrefix') or '/'}",
        *pods.log_arguments(spec),
        *(f"--{name}={value}" for name, value in given.items() if value),
        f"--storage.tsdb.path={DATA}",
        *(["--web.enable-admin-api"] if spec.get("enableAdminAPI") else []),
        *([] if wal is None else ["--storage.tsdb.wal-compression" if wal else "--no-storage.tsdb.wal-compression"]),
        "--web.config.file=/etc/prometheus/web_config/web-config.yaml",
        # Whoever uploads blocks must not have them merged meanwhile.
        *([] if compacts else [f"--storage.tsdb.{end}-block-duration={block}" for end in ("max", "min")]),
    ]


def _sidecar(prometheus: kube.Object, operator: Operator) -> dict[str, Any]:
    spec, thanos = prometheus["spec"], prometheus["spec"]["thanos"]
    uploading, environment, mounts = [], [], []
    if _uploads(spec):
        key = thanos["objectStorageConfig"]
        uploading = ["--objstore.config=$(OBJSTORE_CONFIG)", f"--tsdb.path={DATA}"]
        environment = [{"name": "OBJSTORE_CONFIG", "valueFrom": {"secretKeyRef": key}}]
        mounts = [statefulsets.data_mount(prometheus, DATA)]
    return {
        "name": "thanos-sidecar",
        "image": thanos.get("image") or operator.thanos,
        "args": [
            "sidecar",
            f"--prometheus.url=http://{operator.localhost}:{names.WEB}{_prefix(spec)}",
            f"--grpc-address=:{names.GRPC}",
            f"--http-address=:{names.SIDECAR_HTTP}",
            *uploading,
            *pods.log_arguments({**spec, **{key: thanos[key] for key in ("logLevel", "logFormat") if key in thanos}}),
            f"--prometheus.http-client-file=/etc/thanos/config/{CLIENT_FILE}",
        ],
        "env": environment,
        "ports": [
            {"name": "http", "containerPort": names.SIDECAR_HTTP, "protocol": "TCP"},
            {"name": "grpc", "containerPort": names.GRPC, "protocol": "TCP"},
        ],
        "volumeMounts": [*mounts, {"name": CLIENT, "mountPath": "/etc/thanos/config"}],
        "resources": thanos.get("resources") or {},
        "securityContext": pods.CONFINED,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
