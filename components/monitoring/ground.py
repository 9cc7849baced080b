"""What everything that is monitored stands on: the kinds of object by which it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import ArgoProject, Brings, ChartApp, ChartAppArgs, Namespace, NamespaceArgs, Site, plain
from components.kit import project as kinds
from components.monitoring.names import NAMESPACE
from components.settings import MonitoringSettings

BRINGS: Final = Brings(namespaced=(), cluster_wide=(kinds.CRD,))

REMOVABLE_REASON: Final = "the stack file says that the data of monitoring is removable"


def unprotected_reason(settings: MonitoringSettings) -> str:
    """Why an update may delete the data of monitoring; nothing means that it is protected."""
    return REMOVABLE_REASON if settings.data == "removable" else ""


@dataclass(frozen=True, kw_only=True)
class MonitoringGroundArgs:
    """The homelab, who delivers the chart, and what becomes of data."""

    site: Site
    project: ArgoProject
    settings: MonitoringSettings


class MonitoringGround(pulumi.ComponentResource):
    """The namespace, and the Prometheus operator's CRDs, apart from the operator.

    They come first: what is watched is there before what watches it.
    """

    namespace: Namespace
    kinds_known: pulumi.Resource
    """Done when there can be a PodMonitor or a ServiceMonitor."""

    def __init__(self, name: str, args: MonitoringGroundArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:MonitoringGround", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        holds_data = args.settings.data != "removed"
        self.namespace = Namespace(
            NAMESPACE,
            NamespaceArgs(
                holds_data=holds_data,
                unprotected_reason=unprotected_reason(args.settings) if holds_data else "",
                dns_cache=args.site.dns_cache,
            ),
            opts=inside,
        )
        self.kinds_known = ChartApp(
            "prometheus-operator-crds",
            ChartAppArgs(
                project=args.project, chart=versions.PROMETHEUS_OPERATOR_CRDS, namespace=self.namespace, brings=BRINGS
            ),
            opts=inside,
        ).ready
        self.register_outputs({})
