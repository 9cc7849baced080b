"""CloudNativePG, which runs PostgreSQL clusters, and its plugin, which archives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.kit import (
    AllowTrafficArgs,
    ArgoProject,
    Brings,
    ChartApp,
    ChartAppArgs,
    Endpoint,
    MetricsTarget,
    Namespace,
    Pods,
    Site,
    allow_traffic,
    plain,
    spread,
)
from components.kit import project as kinds

OPERATOR_PODS: Final = {"app.kubernetes.io/name": "cloudnative-pg"}
WEBHOOK_SERVICE: Final = "cnpg-webhook-service"
"""A name that the operator's certificate is made for, whatever the release is called."""
WEBHOOK_PORT: Final = 9443
METRICS_PORT: Final = 8080

PLUGIN_PODS: Final = {"app.kubernetes.io/name": "plugin-barman-cloud"}
PLUGIN_SERVICE: Final = "barman-cloud"
PLUGIN_PORT: Final = 9090

REGISTRY: Final = "ghcr.io"

OPERATOR_BRINGS: Final = Brings(
    namespaced=(kinds.CONFIG_MAP, kinds.DEPLOYMENT, kinds.SERVICE, kinds.SERVICE_ACCOUNT),
    cluster_wide=(
        kinds.CLUSTER_ROLE,
        kinds.CLUSTER_ROLE_BINDING,
        kinds.CRD,
        kinds.MUTATING_WEBHOOK,
        kinds.VALIDATING_WEBHOOK,
    ),
)

PLUGIN_BRINGS: Final = Brings(
    namespaced=(
        kinds.CERTIFICATE,
        kinds.CONFIG_MAP,
        kinds.DEPLOYMENT,
        kinds.ISSUER,
        kinds.ROLE,
        kinds.ROLE_BINDING,
        kinds.SERVICE,
        kinds.SERVICE_ACCOUNT,
    ),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.CRD),
)


@dataclass(frozen=True, kw_only=True)
class OperatorArgs:
    """The homelab, who delivers the chart, and where to."""

    site: Site
    project: ArgoProject
    namespace: Namespace


class Operator(pulumi.ComponentResource):
    """CloudNativePG's operator and the calls that it needs beside those to the instances of each cluster."""

    pods: Pods
    ready: pulumi.Resource
    metrics: MetricsTarget

    def __init__(self, name: str, args: OperatorArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:databases:Operator", name, plain(args), opts)
        self.pods = Pods(namespace=args.namespace, labels=OPERATOR_PODS)
        self.metrics = MetricsTarget(name=name, pods=self.pods, port=METRICS_PORT)
        webhook = Endpoint(
            namespace=args.namespace, service=WEBHOOK_SERVICE, port=443, pods=OPERATOR_PODS, pod_port=WEBHOOK_PORT
        )
        calls = {
            "to-api-server": AllowTrafficArgs(source=self.pods, target=args.site.api_server),
            "webhook": AllowTrafficArgs(source=args.site.api_server_callers(), target=webhook),
        }
        self.ready = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.CLOUDNATIVE_PG,
                namespace=args.namespace,
                brings=OPERATOR_BRINGS,
                values=_operator_values(args.site),
                depends_on=allow_traffic(name, calls, parent=self),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).ready
        self.register_outputs({})


def _operator_values(site: Site) -> dict[str, Any]:
    # While no operator answers, the API server refuses every change of a cluster.
    return {
        "replicaCount": site.replicas,
        "topologySpreadConstraints": spread(OPERATOR_PODS),
        "image": {"repository": site.repository(f"{REGISTRY}/cloudnative-pg/cloudnative-pg")},
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
    }


@dataclass(frozen=True, kw_only=True)
class PluginArgs:
    """The homelab, who delivers the chart, and the operator, beside which it has to be."""

    site: Site
    project: ArgoProject
    operator: Operator
    cert_manager: pulumi.Resource
    """Done when there can be Issuers and Certificates, by which it and the operator know each other."""


class Plugin(pulumi.ComponentResource):
    """The Barman Cloud plugin: the operator asks it what a pod needs to archive, restore and back up."""

    ready: pulumi.Resource
    """Done when there can be an ObjectStore, and clusters that archive to it."""

    def __init__(self, name: str, args: PluginArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:databases:Plugin", name, plain(args), opts)
        namespace = args.operator.pods.namespace
        endpoint = Endpoint(
            namespace=namespace, service=PLUGIN_SERVICE, port=PLUGIN_PORT, pods=PLUGIN_PODS, pod_port=PLUGIN_PORT
        )
        calls = {
            "to-api-server": AllowTrafficArgs(
                source=Pods(namespace=namespace, labels=PLUGIN_PODS), target=args.site.api_server
            ),
            "from-operator": AllowTrafficArgs(source=args.operator.pods, target=endpoint),
        }
        self.ready = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.PLUGIN_BARMAN_CLOUD,
                namespace=namespace,
                brings=PLUGIN_BRINGS,
                values=_plugin_values(args.site),
                depends_on=[args.operator.ready, args.cert_manager, *allow_traffic(name, calls, parent=self)],
            ),
            opts=pulumi.ResourceOptions(parent=self),
        ).ready
        self.register_outputs({})


def _plugin_values(site: Site) -> dict[str, Any]:
    # One pod, which is replaced before the next one starts: the plugin can do no better, and archiving goes on without.
    registry = {"registry": site.repository(REGISTRY)}
    return {
        "replicaCount": 1,
        "image": registry,
        "sidecarImage": registry,
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
    }
