"""Traefik, behind Cloudflare's proxy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.edge.gateway import Gateway
from components.edge.middlewares import Middlewares, MiddlewaresArgs
from components.kit import (
    Addresses,
    ChartApp,
    ChartAppArgs,
    ConnectionArgs,
    Delivery,
    Endpoint,
    Namespace,
    Pods,
    connections,
)
from components.kit.cloudflare import get_ip_ranges_output

HTTPS_POD_PORT: Final = 8443
HTTP_POD_PORT: Final = 8000


@dataclass(frozen=True, kw_only=True)
class TraefikArgs:
    """How Traefik is delivered and what it may call."""

    delivery: Delivery
    namespace: Namespace
    api_server: Addresses
    replicas: int = 1
    registry_mirror: str | None = None


class Traefik(pulumi.ComponentResource):
    """Traefik as a LoadBalancer that only Cloudflare reaches, and its middlewares.

    The address of a visitor is kept: Cloudflare's ranges are the trusted proxies and the only permitted callers, and
    `externalTrafficPolicy: Local` keeps nodes from putting their own address in its place.
    """

    gateway: Gateway

    def __init__(self, name: str, args: TraefikArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Traefik", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        pods = Pods(namespace=args.namespace, labels={"app.kubernetes.io/name": "traefik"})
        ranges = get_ip_ranges_output(opts=pulumi.InvokeOutputOptions(parent=self))
        proxies = pulumi.Output.all(ranges.ipv4_cidrs, ranges.ipv6_cidrs).apply(lambda both: [*both[0], *both[1]])
        calls = self._connections(name, args, pods, proxies)
        chart = ChartApp(
            name,
            ChartAppArgs(
                delivery=args.delivery,
                chart=versions.TRAEFIK,
                namespace=args.namespace,
                values=_values(args, proxies),
                depends_on=calls,
            ),
            opts=inside,
        )
        middlewares = Middlewares(name, MiddlewaresArgs(namespace=args.namespace, ready=chart.ready), opts=inside)
        self.gateway = Gateway(namespace=args.namespace, pods=pods, public_chain=middlewares.public, ready=chart.ready)
        self.register_outputs({})

    def _connections(
        self, name: str, args: TraefikArgs, pods: Pods, proxies: pulumi.Output[list[str]]
    ) -> list[pulumi.Resource]:
        entry_points = {"web": (80, HTTP_POD_PORT), "websecure": (443, HTTPS_POD_PORT)}
        permitted: dict[str, ConnectionArgs] = {
            f"cloudflare-to-{entry_point}": ConnectionArgs(
                source=Addresses(cidrs=proxies, ports=[]),
                target=Endpoint(namespace=args.namespace, service=name, port=port, pods=pods.labels, pod_port=pod_port),
            )
            for entry_point, (port, pod_port) in entry_points.items()
        }
        permitted["to-api-server"] = ConnectionArgs(source=pods, target=args.api_server)
        return connections(name, permitted, parent=self)


def _values(args: TraefikArgs, proxies: pulumi.Output[list[str]]) -> dict[str, Any]:
    trusted = {"forwardedHeaders": {"trustedIPs": proxies}}
    redirect = {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https", "permanent": True}}}
    return {
        # By its full name: a mirror does not add the `library` that Docker Hub's short names leave out.
        "image": {
            "registry": versions.mirrored(versions.DOCKER_HUB, args.registry_mirror),
            "repository": "library/traefik",
        },
        # The chart sets all that pod security `restricted` asks for, except this.
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "deployment": {"replicas": args.replicas},
        "podDisruptionBudget": {"enabled": args.replicas > 1, "maxUnavailable": 1},
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "kubernetes.io/hostname",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": "traefik"}},
            }
        ],
        "providers": {
            # Middlewares and the outpost's Service are used from the applications' namespaces.
            "kubernetesCRD": {"allowCrossNamespace": True},
            "kubernetesIngress": {"enabled": False},
        },
        "ingressClass": {"enabled": False},
        "service": {"type": "LoadBalancer", "spec": {"externalTrafficPolicy": "Local"}},
        "ports": {"web": {**redirect, **trusted}, "websecure": trusted},
        "global": {"checkNewVersion": False},
    }
