"""Traefik, behind Cloudflare's proxy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.edge.middlewares import Middlewares, MiddlewaresArgs
from components.kit import (
    Addresses,
    AllowTrafficArgs,
    ArgoProject,
    Brings,
    ChartApp,
    ChartAppArgs,
    CrdChart,
    Endpoint,
    IngressController,
    MetricsTarget,
    Namespace,
    NamespaceArgs,
    Pods,
    Site,
    allow_traffic,
    budget,
    plain,
    spread,
)
from components.kit import project as kinds
from components.kit.cloudflare import get_ip_ranges_output
from components.kit.lookups import look_up

HTTPS_POD_PORT: Final = 8443
HTTP_POD_PORT: Final = 8000
METRICS_POD_PORT: Final = 9100
PODS: Final = {"app.kubernetes.io/name": "traefik"}
CRDS: Final = {"traefik": True, "gatewayAPI": False, "hub": False, "deleteOnUninstall": False}
"""Traefik's own kinds and no others; they stay when the chart goes, as every route would go with them."""


UPLOAD: Final = "1h"
"""How long a request may take to come in: a video from a phone takes its time. By itself, Traefik gives it a minute."""


BRINGS: Final = Brings(
    namespaced=(kinds.DEPLOYMENT, kinds.DISRUPTION_BUDGET, kinds.SERVICE, kinds.SERVICE_ACCOUNT),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.CRD),
)


@dataclass(frozen=True, kw_only=True)
class TraefikArgs:
    """How Traefik is delivered and what it may call."""

    site: Site
    project: ArgoProject


class Traefik(pulumi.ComponentResource):
    """Traefik as a LoadBalancer that only Cloudflare reaches, and its middlewares.

    The address of a visitor is kept: Cloudflare's ranges are the trusted proxies and the only permitted callers, and
    `externalTrafficPolicy: Local` keeps nodes from putting their own address in its place. The home's own machines may
    call it too if the home says which they are: its DNS can then lead them past Cloudflare. Without them and without a
    public address it is no LoadBalancer, and only the tunnel's connector, in the pod network, may call it.
    """

    controller: IngressController
    https: Endpoint
    """Where it takes requests for every host."""
    middlewares: Middlewares
    metrics: MetricsTarget

    def __init__(self, name: str, args: TraefikArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Traefik", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(name, NamespaceArgs(dns_cache=args.site.dns_cache), opts=inside)
        pods = Pods(namespace=namespace, labels=PODS)
        proxies = self._proxies(args.site)
        calls = self._calls(name, args, pods, proxies)
        chart = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.TRAEFIK,
                namespace=namespace,
                brings=BRINGS,
                values=_values(args, proxies),
                # The chart's own folder has those of Traefik Hub and of the Gateway API too (docs/decisions).
                crds=CrdChart(chart=versions.TRAEFIK_CRDS, values=CRDS),
                depends_on=calls,
            ),
            opts=inside,
        )
        self.controller = IngressController(pods=pods, ready=chart.ready)
        self.https = Endpoint(namespace=namespace, service=name, port=443, pods=PODS, pod_port=HTTPS_POD_PORT)
        self.metrics = MetricsTarget(name=name, pods=pods, port=METRICS_POD_PORT)
        self.middlewares = Middlewares(name, MiddlewaresArgs(traefik=self.controller), opts=inside)
        self.register_outputs({})

    def _proxies(self, site: Site) -> pulumi.Output[list[str]]:
        """Ranges whose word on a visitor's address is believed."""
        if site.public_address is None:
            return pulumi.Output.from_input(list(site.pod_cidrs))
        ranges = look_up(
            "the list of Cloudflare's address ranges",
            lambda: get_ip_ranges_output(opts=pulumi.InvokeOutputOptions(parent=self)),
            "check cloudflareApiToken and try again",
        )
        return pulumi.Output.all(ranges.ipv4_cidrs, ranges.ipv6_cidrs).apply(lambda both: [*both[0], *both[1]])

    def _calls(
        self, name: str, args: TraefikArgs, pods: Pods, proxies: pulumi.Output[list[str]]
    ) -> list[pulumi.Resource]:
        entry_points = {"web": (80, HTTP_POD_PORT), "websecure": (443, HTTPS_POD_PORT)}
        callers: dict[str, pulumi.Input[Sequence[str]]] = {}
        if args.site.public_address:
            callers["cloudflare"] = proxies
        if args.site.home_cidrs:
            callers["home"] = args.site.home_cidrs
        permitted: dict[str, AllowTrafficArgs] = {
            f"{caller}-to-{entry_point}": AllowTrafficArgs(
                source=Addresses(cidrs=cidrs, ports=[]),
                target=Endpoint(namespace=pods.namespace, service=name, port=port, pods=pods.labels, pod_port=pod_port),
            )
            for caller, cidrs in callers.items()
            for entry_point, (port, pod_port) in entry_points.items()
        }
        permitted["to-api-server"] = AllowTrafficArgs(source=pods, target=args.site.api_server)
        return allow_traffic(name, permitted, parent=self)


def _service(site: Site) -> dict[str, Any]:
    """A Service that is called by the family of the public address, which may be the cluster's second."""
    if site.public_address is None and not site.home_cidrs:
        return {"type": "ClusterIP"}
    families = {"ipFamilyPolicy": "PreferDualStack"} if site.dual_stack else {}
    return {"type": "LoadBalancer", "spec": {"externalTrafficPolicy": "Local", **families}}


def _values(args: TraefikArgs, proxies: pulumi.Output[list[str]]) -> dict[str, Any]:
    site = args.site
    trusted = {"forwardedHeaders": {"trustedIPs": proxies}}
    redirect = {"redirections": {"entryPoint": {"to": "websecure", "scheme": "https", "permanent": True}}}
    return {
        # By its full name: a mirror does not add the `library` that Docker Hub's short names leave out.
        "image": {
            "registry": site.repository(versions.DOCKER_HUB),
            "repository": "library/traefik",
        },
        # The chart sets all that pod security `restricted` asks for, except this.
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "deployment": {"replicas": site.replicas},
        "podDisruptionBudget": budget(site.replicas),
        "topologySpreadConstraints": spread(PODS),
        "providers": {
            # Middlewares and the outpost's Service are used from the applications' namespaces.
            "kubernetesCRD": {"allowCrossNamespace": True},
            "kubernetesIngress": {"enabled": False},
        },
        "ingressClass": {"enabled": False},
        "service": _service(site),
        "ports": {
            "web": {**redirect, **trusted},
            "websecure": {**trusted, "transport": {"respondingTimeouts": {"readTimeout": UPLOAD}}},
        },
        "global": {"checkNewVersion": False},
    }
