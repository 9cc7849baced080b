"""The Prometheus operator, which makes a Prometheus of everything that says what is watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.kit import (
    AllowTrafficArgs,
    Brings,
    ChartApp,
    ChartAppArgs,
    Foundation,
    MetricsTarget,
    Namespace,
    Pods,
    Site,
    allow_traffic,
    plain,
)
from components.kit import project as kinds
from components.monitoring.cluster import SYSTEM

PODS: Final = {"app": "kube-prometheus-stack-operator"}
"""Labels of its pods, and of its Service."""

PORT: Final = "http"
"""Name of its port, at the pods and at the Service."""

REGISTRY: Final = "quay.io"
"""Of the operator, and of the reloader that it puts beside each Prometheus and Alertmanager."""

KUBELETS: Final = "kubelet"
"""Name of the Service by which Prometheus finds the kubelets."""

OTHERS: Final = (
    "alertmanager",
    "grafana",
    "kubernetesServiceMonitors",
    "kubeStateMetrics",
    "nodeExporter",
    "prometheus",
)
"""What the chart brings beside the operator unless it is told not to: the program has its own, piece by piece."""

BRINGS: Final = Brings(
    namespaced=(kinds.DEPLOYMENT, kinds.SERVICE, kinds.SERVICE_ACCOUNT),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING),
)


@dataclass(frozen=True, kw_only=True)
class PrometheusOperatorArgs:
    """What the first layers hand on, and where the operator lives."""

    base: Foundation
    namespace: Namespace
    kinds_known: pulumi.Resource
    """Done when there are the kinds of object that it looks at: without them it ends at its start."""


class PrometheusOperator(pulumi.ComponentResource):
    """The operator alone, out of the chart that has it together with a whole monitoring of its own.

    It asks the API server and is called by nobody but who collects metrics: what it would refuse by a webhook, it says
    in the status of the object instead, and no update has to wait until it answers.
    """

    ready: pulumi.Resource
    """Done when it runs: whoever makes a Prometheus or an Alertmanager depends on it."""

    def __init__(self, name: str, args: PrometheusOperatorArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:PrometheusOperator", name, plain(args), opts)
        base = args.base
        pods = Pods(namespace=args.namespace, labels=PODS)
        calls = allow_traffic(
            name, {"to-api-server": AllowTrafficArgs(source=pods, target=base.site.api_server)}, parent=self
        )
        base.contributions.metrics.add(
            MetricsTarget(name=name, pods=pods, port=PORT, service=PODS, service_port=PORT),
        )
        self.ready = ChartApp(
            name,
            ChartAppArgs(
                project=base.project,
                chart=versions.KUBE_PROMETHEUS_STACK,
                namespace=args.namespace,
                brings=BRINGS,
                values=_values(name, base.site),
                depends_on=[args.kinds_known, *calls],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).ready
        self.register_outputs({})


def _values(name: str, site: Site) -> dict[str, Any]:
    return {
        "global": {"imageRegistry": site.repository(REGISTRY)},
        # They come by a chart of their own, before anything of their kind.
        "crds": {"enabled": False},
        "defaultRules": {"create": False},
        **{other: {"enabled": False} for other in OTHERS},
        "prometheusOperator": {
            "fullnameOverride": name,
            "admissionWebhooks": {"enabled": False},
            # Only a webhook has to be served by TLS.
            "tls": {"enabled": False},
            # Nothing in a cluster leads to its kubelets. The operator makes a Service of the nodes' addresses and keeps
            # it up to date, in the form by which Prometheus finds what it scrapes.
            "kubeletService": {"enabled": True, "namespace": SYSTEM, "name": KUBELETS},
            "kubeletEndpointsEnabled": False,
            "kubeletEndpointSliceEnabled": True,
            "serviceMonitor": {"selfMonitor": False},
            "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
            # Of the reloader in every pod that it makes.
            "prometheusConfigReloader": {
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}}
            },
        },
    }
