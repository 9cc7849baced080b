"""Monitors: by them Prometheus finds everything that has metrics, and may call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import AllowTraffic, AllowTrafficArgs, Https, MetricsTarget, OpenPods, PodPort, Pods, plain
from components.vocabulary import MONITORED, UNVERIFIED_TLS_REASON

API: Final = "monitoring.coreos.com/v1"

OWN_TOKEN: Final = "/var/run/secrets/kubernetes.io/serviceaccount/token"  # noqa: S105 - where it is
"""Where Prometheus' container has the token of its ServiceAccount."""
AUTHORITY: Final = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
"""Where it has the certificate of the cluster's authority."""


@dataclass(frozen=True, kw_only=True)
class MonitorsArgs:
    """Everything that has metrics, and who collects them."""

    targets: Sequence[MetricsTarget]
    prometheus: Pods
    kinds_known: pulumi.Resource
    """Done when there can be a PodMonitor or a ServiceMonitor."""


class Monitors(pulumi.ComponentResource):
    """A monitor for each target, and the one call that it takes."""

    def __init__(self, name: str, args: MonitorsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Monitors", name, plain(args), opts)
        for target in args.targets:
            self._monitor(f"{name}-{_namespace(target)}-{target.name}", target, args)
        self.register_outputs({})

    def _monitor(self, name: str, target: MetricsTarget, args: MonitorsArgs) -> None:
        """What is found and what is called; in the target's namespace, or in Prometheus' own if that is not ours."""
        called = target.at or PodPort(pods=target.pods, port=target.port)
        call = AllowTraffic(
            name, AllowTrafficArgs(source=args.prometheus, target=called), opts=pulumi.ResourceOptions(parent=self)
        )
        home = target.pods.namespace if isinstance(target.pods, Pods) else args.prometheus.namespace
        CustomResource(
            name,
            api_version=API,
            kind="PodMonitor" if target.service is None else "ServiceMonitor",
            metadata=ObjectMetaArgs(
                name=target.name, namespace=home.name, labels={MONITORED: "true"}, annotations=_reasons(target.https)
            ),
            spec={**_found(target), **_elsewhere(target)},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[home.resource, args.kinds_known, call]),
        )


def _namespace(target: MetricsTarget) -> str:
    return target.pods.namespace.name if isinstance(target.pods, Pods) else target.pods.namespace


def _reasons(https: Https | None) -> dict[str, str] | None:
    return {UNVERIFIED_TLS_REASON: https.unverified_reason} if https and https.unverified_reason else None


def _elsewhere(target: MetricsTarget) -> dict[str, Any]:
    """For a monitor that is not where its targets are."""
    elsewhere = isinstance(target.pods, OpenPods)
    return {"namespaceSelector": {"matchNames": [_namespace(target)]}} if elsewhere else {}


def _found(target: MetricsTarget) -> dict[str, Any]:
    """Which Service's endpoints, or which pods, and how they are asked."""
    asked = _asked(target)
    if target.service is not None:
        endpoint = {"port": target.service_port, **asked}
        return {"selector": {"matchLabels": dict(target.service)}, "endpoints": [endpoint]}
    port = {"portNumber": target.port} if isinstance(target.port, int) else {"port": target.port}
    return {"selector": {"matchLabels": dict(target.pods.labels)}, "podMetricsEndpoints": [{**port, **asked}]}


def _asked(target: MetricsTarget) -> dict[str, Any]:
    return {
        "path": target.path,
        "interval": f"{target.interval}s",
        **({"honorLabels": True} if target.honor_labels else {}),
        **(_secured(target.https) if target.https else {}),
        # By itself the operator names the job after the Service, or after the monitor and its namespace.
        "relabelings": [{"targetLabel": "job", "replacement": target.name}, *map(dict, target.relabelings)],
    }


def _secured(https: Https) -> dict[str, Any]:
    verified = {"caFile": AUTHORITY, "serverName": https.server_name}
    return {
        "scheme": "https",
        "tlsConfig": {"insecureSkipVerify": True} if https.unverified_reason else verified,
        **({"bearerTokenFile": OWN_TOKEN} if https.token else {}),
    }
