"""The layer of monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import ArgoProject, Brings, ChartApp, ChartAppArgs, Namespace, NamespaceArgs, Site, plain
from components.kit import project as kinds

BRINGS: Final = Brings(namespaced=(), cluster_wide=(kinds.CRD,))


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """The homelab, and who delivers the chart."""

    site: Site
    project: ArgoProject


class Monitoring(pulumi.ComponentResource):
    """The Prometheus operator's CRDs, apart from the operator: what is watched comes before what watches it."""

    kinds_known: pulumi.Resource
    """Done when there can be a PodMonitor or a ServiceMonitor."""

    def __init__(self, name: str, args: MonitoringArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Monitoring", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        namespace = Namespace("temporis", NamespaceArgs(dns_cache=args.site.dns_cache), opts=inside)
        self.kinds_known = ChartApp(
            "prometheus-operator-crds",
            ChartAppArgs(
                project=args.project, chart=versions.PROMETHEUS_OPERATOR_CRDS, namespace=namespace, brings=BRINGS
            ),
            opts=inside,
        ).ready
        self.register_outputs({})
