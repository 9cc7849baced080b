"""Exporters of the cluster itself: what its nodes are doing, and what its objects say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.kit import (
    Addresses,
    Brings,
    ChartApp,
    ChartAppArgs,
    Foundation,
    MetricsTarget,
    Namespace,
    NamespaceArgs,
    OpenPods,
    Pods,
    Site,
    plain,
)
from components.kit import project as kinds

INTERVAL: Final = 15
"""Seconds between two scrapes of either."""

NODE_PODS: Final = {"app.kubernetes.io/name": "prometheus-node-exporter"}
NODE_PORT: Final = 9100
"""On each node, in its own network."""

NODES_BY_NAME: Final = ({"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "instance"},)
"""A node is called by its name, and keeps its series when its address changes."""

OF_PODS: Final = "^/(dev|proc|sys|run/.+|var/lib/(docker|kubelet)/.+)($|/)"
"""Mount points that are no disk of the node's: those of its runtime, and those that pods have, which come and go."""

STATE_PODS: Final = {"app.kubernetes.io/name": "kube-state-metrics"}
STATE_PORT: Final = "http"
"""Name of its port, at the pods and at the Service."""

STATE_NAMESPACE: Final = "kube-system"
"""Where everybody looks for it; the namespace is the cluster's own, and not the program's to close."""

REPORTED: Final = (
    "cronjobs",
    "daemonsets",
    "deployments",
    "ingresses",
    "jobs",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets",
    "pods",
    "replicasets",
    "services",
    "statefulsets",
    "storageclasses",
)
"""Kinds of object that are reported on, and may be read for it: no Secrets, whose contents would come along."""

NODE_BRINGS: Final = Brings(namespaced=(kinds.DAEMON_SET, kinds.SERVICE, kinds.SERVICE_ACCOUNT))

STATE_BRINGS: Final = Brings(
    namespaced=(kinds.DEPLOYMENT, kinds.SERVICE, kinds.SERVICE_ACCOUNT),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING),
    also_into=(STATE_NAMESPACE,),
)


@dataclass(frozen=True, kw_only=True)
class NodeExporterArgs:
    """What the first layers hand on."""

    base: Foundation


class NodeExporter(pulumi.ComponentResource):
    """Processor, memory, disks and network of every node, in a namespace of its own.

    Its pods are in the nodes' network, which no network policy is about; they call nobody.
    """

    def __init__(self, name: str, args: NodeExporterArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:NodeExporter", name, plain(args), opts)
        inside, base = pulumi.ResourceOptions(parent=self), args.base
        namespace = Namespace(
            name,
            NamespaceArgs(
                pod_security="privileged",
                pod_security_reason="it measures the nodes: it reads their file systems, in their network",
                dns_cache=base.site.dns_cache,
            ),
            opts=inside,
        )
        ChartApp(
            name,
            ChartAppArgs(
                project=base.project,
                chart=versions.NODE_EXPORTER,
                namespace=namespace,
                brings=NODE_BRINGS,
                values=_node_values(name, base.site),
            ),
            opts=inside,
        )
        base.contributions.metrics.add(
            MetricsTarget(
                name=name,
                pods=Pods(namespace=namespace, labels=NODE_PODS),
                port=NODE_PORT,
                at=Addresses(cidrs=base.site.machines, ports=[NODE_PORT]),
                interval=INTERVAL,
                relabelings=NODES_BY_NAME,
            )
        )
        self.register_outputs({})


def _node_values(name: str, site: Site) -> dict[str, Any]:
    return {
        "fullnameOverride": name,
        "image": {"registry": site.repository("quay.io")},
        "extraArgs": [f"--collector.filesystem.mount-points-exclude={OF_PODS}"],
        # All that it takes is to see: what it may do stays as in a namespace that is `restricted`.
        "containerSecurityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "resources": {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
    }


@dataclass(frozen=True, kw_only=True)
class KubeStateMetricsArgs:
    """What the first layers hand on, and the namespace of monitoring."""

    base: Foundation
    namespace: Namespace
    """Where it is delivered to; what the chart brings names another one itself."""


class KubeStateMetrics(pulumi.ComponentResource):
    """What the API server knows of pods, workloads, jobs, claims and nodes, as metrics, in `kube-system`.

    Nothing there denies traffic, so that it reaches the API server without being allowed to, and no policy of its own
    says who may call it: it would be the first one there.
    """

    def __init__(self, name: str, args: KubeStateMetricsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:KubeStateMetrics", name, plain(args), opts)
        base = args.base
        ChartApp(
            name,
            ChartAppArgs(
                project=base.project,
                chart=versions.KUBE_STATE_METRICS,
                namespace=args.namespace,
                brings=STATE_BRINGS,
                values=_state_values(base.site),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        base.contributions.metrics.add(
            MetricsTarget(
                name=name,
                pods=OpenPods(namespace=STATE_NAMESPACE, labels=STATE_PODS),
                port=STATE_PORT,
                service=STATE_PODS,
                service_port=STATE_PORT,
                interval=INTERVAL,
                honor_labels=True,
            )
        )
        self.register_outputs({})


def _state_values(site: Site) -> dict[str, Any]:
    return {
        "namespaceOverride": STATE_NAMESPACE,
        "image": {"registry": site.repository("registry.k8s.io")},
        "collectors": list(REPORTED),
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
