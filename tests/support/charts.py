"""What charts bring with the program's values: rendered by Helm, from the sandbox's stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from components.kit import MetricsTarget
from sandbox.rendering import uses as charts
from sandbox.rendering.crds import Definitions
from sandbox.rendering.uses import Use
from tests.support.recorder import Recording

NO_DEFINITIONS = Definitions()
"""CRDs that are only named are left out: no test that asks for none has to fetch the modules that define them."""

_STACK: Final = (
    "alertmanager",
    "grafana",
    "kubernetesServiceMonitors",
    "kubeStateMetrics",
    "nodeExporter",
    "prometheus",
)
NEEDED: Final[Mapping[str, dict[str, Any]]] = {
    "kube-prometheus-stack": {
        **{part: {"enabled": False} for part in _STACK},
        "defaultRules": {"create": False},
        "prometheusOperator": {"admissionWebhooks": {"enabled": False}, "tls": {"enabled": False}},
    }
}
"""Values without which a stand-in refuses to be rendered: they switch off what only the real chart has."""


def uses(recording: Recording[Any]) -> dict[str, list[Use]]:
    """The charts of each release and Application, by its name."""
    found = [(item.name, list(charts.of_resource(item.type, item.inputs))) for item in recording.objects()]
    return {name: used for name, used in found if used}


def rendered(recording: Recording[Any]) -> dict[str, list[dict[str, Any]]]:
    """The objects that each release and Application brings, hooks included, by its name."""
    found = {name: [use.rendered(NO_DEFINITIONS) for use in used] for name, used in uses(recording).items()}
    return {name: [obj for part in parts for obj in (*part.objects, *part.hooks)] for name, parts in found.items()}


def leads_to_a_pod(target: MetricsTarget, objects: list[Any]) -> bool:
    """Whether a chart's only Service and its only workload are those that a target speaks of."""
    (service,) = [obj for obj in objects if obj["kind"] == "Service"]
    (pod,) = [obj["spec"]["template"] for obj in objects if obj["kind"] in ("Deployment", "DaemonSet")]
    (container,) = pod["spec"]["containers"]
    named = {port["name"]: port["containerPort"] for port in container["ports"]}
    if target.service is not None:
        ports = {port["name"]: port["targetPort"] for port in service["spec"]["ports"]}
        if not target.service.items() <= service["metadata"]["labels"].items():
            return False
        if ports.get(target.service_port) != target.port:
            return False
    selected = target.pods.labels.items() <= pod["metadata"]["labels"].items()
    return selected and (target.port in named or target.port in named.values())
