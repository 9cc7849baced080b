"""Controllers come as charts, and Argo CD delivers them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit.inputs import plain
from components.kit.namespace import Namespace
from components.kit.project import IN_CLUSTER, ArgoProject, Brings, Delivery
from components.versions import Chart

HEALTHY: Final = json.dumps(["jsonpath={.status.health.status}=Healthy", "jsonpath={.status.sync.status}=Synced"])
"""What an update waits for before it goes on to whatever needs the controller."""

TIMEOUT: Final = "15m"
"""How long an update waits for that: long enough to pull the images of a chart on a slow line, after which the engine
names the Application and the state that it was in; the sandbox's Kubernetes plugin adds what Argo CD said last, and
`make doctor` has it whichever plugin runs."""

RETRY: Final = {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}, "refresh": True}
"""How a failed sync is tried again: what it waits for, a CRD or a webhook of another chart, may be about to come.

Each time with what is newest: otherwise whatever mends it has to wait until the old is given up.
"""


@dataclass(frozen=True, kw_only=True)
class CrdChart:
    """A chart of CRDs that belongs to another chart."""

    chart: Chart
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChartAppArgs:
    """A chart at its pinned version, and the values that differ from its own."""

    project: ArgoProject
    chart: Chart
    namespace: Namespace
    brings: Brings
    """Every kind of object that it brings: Argo CD's project permits no other."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Chart values. No secret may be among them: charts refer to Secrets by name."""
    crds: CrdChart | None = None
    """Where its CRDs come from instead of its own folder `crds`, over which values have no say."""
    depends_on: Sequence[pulumi.Resource] = ()
    """What its pods need to start, for example the Secrets that `values` name."""


def budget(replicas: int) -> dict[str, Any]:
    """Values of a chart's disruption budget: with one pod there is none, since it would keep its node from draining."""
    return {"enabled": replicas > 1, "maxUnavailable": 1}


def spread(labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Values that keep pods with these labels on different nodes as long as there are enough of them."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "kubernetes.io/hostname",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
        }
    ]


class ChartApp(pulumi.ComponentResource):
    """An Argo CD Application of one chart: pruned, self-healing, and waited for until it is Synced and Healthy."""

    ready: pulumi.Resource
    """The Application: what needs the controller or its CRDs depends on it."""

    def __init__(self, name: str, args: ChartAppArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:ChartApp", name, plain(args), opts)
        charts = [args.chart, *([args.crds.chart] if args.crds else [])]
        args.project.deliveries.append(Delivery(charts=charts, namespace=args.namespace.name, brings=args.brings))
        self.ready = CustomResource(
            name,
            api_version="argoproj.io/v1alpha1",
            kind="Application",
            metadata=ObjectMetaArgs(
                name=name,
                namespace=args.project.namespace.name,
                annotations={"pulumi.com/waitFor": HEALTHY},
                # Without it, deleting the Application would leave everything that it brought.
                finalizers=["resources-finalizer.argocd.argoproj.io"],
            ),
            spec={
                "project": args.project.name,
                **_sources(name, args),
                "destination": {"server": IN_CLUSTER, "namespace": args.namespace.name},
                "syncPolicy": {
                    "automated": {"prune": True, "selfHeal": True},
                    "retry": RETRY,
                    # CRDs larger than an annotation can hold need server-side apply.
                    "syncOptions": ["ServerSideApply=true"],
                },
            },
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[args.project.ready, args.namespace.resource, *args.depends_on],
                custom_timeouts=pulumi.CustomTimeouts(create=TIMEOUT, update=TIMEOUT),
            ),
        )
        self.register_outputs({})


def _sources(name: str, args: ChartAppArgs) -> dict[str, Any]:
    """The chart; CRDs from elsewhere are in the same Application, so that none is pruned when they change places."""
    source = _source(args.chart, {"releaseName": name, "valuesObject": args.values})
    if args.crds is None:
        return {"source": source}
    crds = _source(args.crds.chart, {"releaseName": f"{name}-crds", "valuesObject": args.crds.values})
    return {"sources": [crds, {**source, "helm": {**source["helm"], "skipCrds": True}}]}


def _source(chart: Chart, helm: dict[str, Any]) -> dict[str, Any]:
    return {"repoURL": chart.repository, "chart": chart.name, "targetRevision": chart.version, "helm": helm}
