"""What the Prometheus operator calls things."""

from __future__ import annotations

from typing import Final

VERSION: Final = "monitoring.coreos.com/v1"
ALPHA: Final = "monitoring.coreos.com/v1alpha1"
PROMETHEUS: Final = (VERSION, "Prometheus")
ALERTMANAGER: Final = (VERSION, "Alertmanager")
SERVICE_MONITOR: Final = (VERSION, "ServiceMonitor")
POD_MONITOR: Final = (VERSION, "PodMonitor")
PROBE: Final = (VERSION, "Probe")
RULE: Final = (VERSION, "PrometheusRule")
SCRAPE_CONFIG: Final = (ALPHA, "ScrapeConfig")
ALERTMANAGER_CONFIG: Final = (ALPHA, "AlertmanagerConfig")

CONFIG_MAP: Final = ("v1", "ConfigMap")
EVENT: Final = ("v1", "Event")
NAMESPACE: Final = ("v1", "Namespace")
NODE: Final = ("v1", "Node")
POD: Final = ("v1", "Pod")
SECRET: Final = ("v1", "Secret")
SERVICE: Final = ("v1", "Service")
DEPLOYMENT: Final = ("apps/v1", "Deployment")
STATEFUL_SET: Final = ("apps/v1", "StatefulSet")
ENDPOINT_SLICE: Final = ("discovery.k8s.io/v1", "EndpointSlice")
STORAGE_CLASS: Final = ("storage.k8s.io/v1", "StorageClass")

MANAGER: Final = "PrometheusOperator"
"""Field manager."""
OPERATOR: Final = "prometheus-operator"
OWN: Final = {"managed-by": OPERATOR}
"""Label of everything that it makes."""
RULES_OF: Final = "prometheus-name"
"""Label of the ConfigMaps with a Prometheus's rules."""

IMAGES: Final = {
    "Prometheus": ("quay.io/prometheus/prometheus", "v3.6.0"),
    "Alertmanager": ("quay.io/prometheus/alertmanager", "v0.28.1"),
}
"""Image and version of what does not name them: those of operator v0.86.2."""

WEB: Final = 9090
GRPC: Final = 10901
SIDECAR_HTTP: Final = 10902
ALERTMANAGER_WEB: Final = 9093
MESH: Final = 9094


def prefixed(kind: str, name: str) -> str:
    """What the StatefulSet of a Prometheus or an Alertmanager is called, and what everything of it begins with."""
    return f"{kind.lower()}-{name}"
