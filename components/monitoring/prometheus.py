"""Flow 6: Prometheus, with the sidecar that carries what it has into the bucket."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.rbac.v1 import ClusterRole, ClusterRoleBinding, PolicyRuleArgs, RoleRefArgs, SubjectArgs

from components import versions
from components.kit import (
    AllowTrafficArgs,
    Endpoint,
    Foundation,
    MetricsTarget,
    Namespace,
    Pods,
    Resources,
    allow_traffic,
    plain,
)
from components.kit.metrics import INTERVAL
from components.monitoring.bucket import BlockStore
from components.monitoring.names import PROMETHEUS, REPLICA_LABEL
from components.monitoring.operated import account_of, budget_of, endpoint_of, labels_of, pods_spec, requirements
from components.settings import PrometheusSettings
from components.settings.parsers import bytes_of
from components.summaries import Figure
from components.vocabulary import MONITORED

LABELS: Final = labels_of("prometheus")
SERVICE: Final = "prometheus-operated"
"""The Service that the operator makes."""
SIDECAR_PORT: Final = 10901

FILLED: Final = Fraction(8, 10)
"""How much of its volume blocks may take: the log of the last hours lies beside them."""

SELECTED: Final = ("serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule")
"""Kinds of object by which it is told what to do."""

WATCHED: Final = ["get", "list", "watch"]


@dataclass(frozen=True, kw_only=True)
class Carried:
    """Chosen series, which are written to somewhere else as they come."""

    endpoint: Endpoint
    """Who takes them, by remote write."""
    path: str
    """HTTP path there; it begins with a slash."""
    metrics: str
    """Regular expression of their metrics' whole names."""


@dataclass(frozen=True, kw_only=True)
class PrometheusArgs:
    """What it keeps itself, and whom it hands things on to."""

    base: Foundation
    namespace: Namespace
    settings: PrometheusSettings
    operator: pulumi.Resource
    """Done when a Prometheus becomes pods."""
    cluster: str
    """What the cluster is called in the label `cluster` of everything that leaves it."""
    url: str
    """Where people find the metrics: alerts link to their expression there."""
    store: BlockStore
    alertmanager: Endpoint
    carried: Carried


class Prometheus(pulumi.ComponentResource):
    """A `Prometheus`, what it may read of the cluster, and its permitted calls but those to what it scrapes.

    Its volume is made by the operator and outlives it, as its storage class says.
    """

    pods: Pods
    sidecar: Endpoint
    """The sidecar's, by gRPC: Thanos Query answers for all of them."""

    def __init__(self, name: str, args: PrometheusArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Prometheus", name, plain(args), opts)
        namespace, site = args.namespace, args.base.site
        self.pods = Pods(namespace=namespace, labels=LABELS)
        self.sidecar = endpoint_of(self.pods, SERVICE, SIDECAR_PORT)
        calls = {
            "to-api-server": AllowTrafficArgs(source=self.pods, target=site.api_server),
            "to-alertmanager": AllowTrafficArgs(source=self.pods, target=args.alertmanager),
            "to-bridge": AllowTrafficArgs(source=self.pods, target=args.carried.endpoint),
            "to-bucket": AllowTrafficArgs(source=self.pods, target=args.store.endpoint),
        }
        CustomResource(
            name,
            api_version="monitoring.coreos.com/v1",
            kind="Prometheus",
            metadata=ObjectMetaArgs(
                name=PROMETHEUS,
                namespace=namespace.name,
                annotations={"pulumi.com/waitFor": "condition=Available"},
            ),
            spec=_spec(name, args),
            opts=self._opts(
                namespace.resource,
                args.operator,
                args.base.storage.resource,
                args.store.ready,
                args.store.configuration.synced,
                account_of(name, self.pods, parent=self),
                self._rights(name, namespace),
                *allow_traffic(name, calls, parent=self),
            ),
        )
        if site.replicas > 1:
            budget_of(name, self.pods, parent=self)
        for target, port in {"prometheus": "web", "thanos-sidecar": "http"}.items():
            args.base.contributions.metrics.add(MetricsTarget(name=target, pods=self.pods, port=port))
        args.base.contributions.figures.add(
            Figure(name="prometheus-retention", value=f"{args.settings.days}d"),
            Figure(name="prometheus-size", value=args.settings.size),
        )
        self.register_outputs({})

    def _opts(self, *depends_on: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(depends_on))

    def _rights(self, name: str, namespace: Namespace) -> pulumi.Resource:
        """To find what there is to scrape, and to be answered by the API server and the kubelets; nothing else."""
        own_name = f"{namespace.name}-{name}"
        role = ClusterRole(
            name,
            metadata=ObjectMetaArgs(name=own_name),
            rules=[
                PolicyRuleArgs(api_groups=[""], resources=["nodes", "pods", "services"], verbs=WATCHED),
                PolicyRuleArgs(api_groups=["discovery.k8s.io"], resources=["endpointslices"], verbs=WATCHED),
                PolicyRuleArgs(api_groups=[""], resources=["nodes/metrics"], verbs=["get"]),
                PolicyRuleArgs(non_resource_urls=["/metrics", "/metrics/cadvisor"], verbs=["get"]),
            ],
            opts=self._opts(),
        )
        return ClusterRoleBinding(
            name,
            metadata=ObjectMetaArgs(name=own_name),
            role_ref=RoleRefArgs(api_group="rbac.authorization.k8s.io", kind="ClusterRole", name=own_name),
            subjects=[SubjectArgs(kind="ServiceAccount", name=name, namespace=namespace.name)],
            opts=self._opts(role),
        )


def _spec(account: str, args: PrometheusArgs) -> dict[str, Any]:
    settings, alertmanager, file = args.settings, args.alertmanager, args.store.configuration
    monitored = {"matchLabels": {MONITORED: "true"}}
    resources = Resources(cpu="200m", memory=settings.memory)
    return {
        **pods_spec(
            args.base, LABELS, account=account, image=versions.PROMETHEUS, size=settings.size, resources=resources
        ),
        "serviceDiscoveryRole": "EndpointSlice",
        **{f"{kind}Selector": monitored for kind in SELECTED},
        **{f"{kind}NamespaceSelector": monitored for kind in SELECTED},
        "scrapeInterval": f"{INTERVAL}s",
        "evaluationInterval": f"{INTERVAL}s",
        "retention": f"{settings.days}d",
        "retentionSize": _retained(settings.size),
        "walCompression": True,
        "externalLabels": {"cluster": args.cluster},
        "replicaExternalLabelName": REPLICA_LABEL,
        "externalUrl": args.url,
        "alerting": {
            "alertmanagers": [
                {
                    "namespace": alertmanager.namespace.name,
                    "name": alertmanager.service,
                    "port": "web",
                    "apiVersion": "v2",
                }
            ]
        },
        "remoteWrite": [_remote_write(args.carried)],
        "thanos": {
            "version": versions.THANOS.tag,
            "image": args.base.site.image(versions.THANOS),
            "objectStorageConfig": {"name": file.secret, "key": file.key},
            "resources": requirements(Resources(cpu="20m", memory="256Mi")),
        },
    }


def _retained(size: str) -> str:
    """What blocks may take of a volume, in whole mebibytes, which Prometheus writes as MB."""
    return f"{bytes_of(size) * FILLED // 2**20}MB"


def _remote_write(carried: Carried) -> dict[str, Any]:
    return {
        "name": "bridge",
        "url": f"{carried.endpoint.url}{carried.path}",
        "writeRelabelConfigs": [
            {"sourceLabels": ["__name__"], "regex": carried.metrics, "action": "keep"},
            # Two pods evaluate a rule for the same moments: without who it was, both write the same points.
            {"regex": f"prometheus|{REPLICA_LABEL}", "action": "labeldrop"},
        ],
    }
