"""The tunnel: services that are reached without an open port at home."""

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
    IngressController,
    MetricsTarget,
    Namespace,
    NamespaceArgs,
    Pods,
    SecretStore,
    Site,
    SyncedSecret,
    Value,
    allow_traffic,
    internet,
    plain,
    synced_item,
)
from components.kit import project as kinds
from components.kit.tunnel import CLOUDFLARED, Tunnel, TunnelArgs, connector_calls
from components.vocabulary import INGRESS_CLASS

CONTROLLER: Final = "cloudflare-tunnel-ingress-controller"

METRICS_PORT: Final = 44483
"""Of the connector; the controller, which makes its pods, does not have them declare it."""

TUNNEL_ID: Final = "homelab/tunnel-id"
"""Annotation of the controller's pods."""

BRINGS: Final = Brings(
    namespaced=(kinds.DEPLOYMENT, kinds.ROLE, kinds.ROLE_BINDING, kinds.SERVICE, kinds.SERVICE_ACCOUNT),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.INGRESS_CLASS),
)


@dataclass(frozen=True, kw_only=True)
class TunnelIngressControllerArgs:
    """The Cloudflare account, and how the controller is delivered."""

    site: Site
    project: ArgoProject
    store: SecretStore
    account_id: str
    api_token: pulumi.Input[str]
    """Cloudflare API token that may edit tunnels and the zones' DNS."""


class TunnelIngressController(pulumi.ComponentResource):
    """A Cloudflare tunnel and the controller that publishes ingresses of the class `cloudflare-tunnel` through it.

    The controller finds the tunnel by its name and adopts it. The tunnel's rules and the DNS records of its hosts are
    the controller's: it rewrites both on every change (docs/decisions).
    """

    controller: IngressController
    """Its connector's pods are where requests come from."""
    secret: SyncedSecret
    """The controller's credentials."""
    tunnel_id: pulumi.Output[str]
    metrics: MetricsTarget
    """Of its connector."""

    def __init__(
        self, name: str, args: TunnelIngressControllerArgs, *, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("homelab:edge:TunnelIngressController", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        tunnel = Tunnel(name, TunnelArgs(account_id=args.account_id, home=args.site.home), opts=inside)
        self.tunnel_id = tunnel.id
        namespace = Namespace(
            name,
            NamespaceArgs(
                pod_security="baseline",
                pod_security_reason="the controller starts cloudflared without a security context",
                dns_cache=args.site.dns_cache,
                # Cloudflare refuses to delete a tunnel with connections, and the connector goes with its namespace.
                depends_on=[tunnel.resource],
            ),
            opts=inside,
        )
        self.secret = synced_item(
            f"{name}-cloudflare",
            store=args.store,
            namespace=namespace,
            fields={
                "api-token": Value(value=args.api_token),
                "account-id": Value(value=args.account_id),
                "tunnel-name": Value(value=tunnel.known_as),
            },
            parent=self,
        )
        controller = Pods(namespace=namespace, labels={"app.kubernetes.io/name": CONTROLLER})
        connector = Pods(namespace=namespace, labels={"app": "controlled-cloudflared-connector"})
        permitted: dict[str, AllowTrafficArgs] = {
            "to-cloudflare-api": AllowTrafficArgs(source=controller, target=internet(443)),
            "to-api-server": AllowTrafficArgs(source=controller, target=args.site.api_server),
            **{
                f"to-{place}": AllowTrafficArgs(source=connector, target=target)
                for place, target in connector_calls().items()
            },
        }
        calls = allow_traffic(name, permitted, parent=self)
        chart = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.TUNNEL_INGRESS_CONTROLLER,
                namespace=namespace,
                brings=BRINGS,
                values=_values(args, self.secret, tunnel),
                depends_on=[tunnel.resource, self.secret, *calls],
            ),
            opts=inside,
        )
        self.controller = IngressController(pods=connector, ready=chart.ready)
        # The chart's Service before them has no labels; it is the only one here with a port of that name.
        self.metrics = MetricsTarget(
            name=CLOUDFLARED, pods=connector, port=METRICS_PORT, service={}, service_port="metrics"
        )
        self.register_outputs({"tunnel_id": self.tunnel_id})


def _values(args: TunnelIngressControllerArgs, credentials: SyncedSecret, tunnel: Tunnel) -> dict[str, Any]:
    site = args.site
    image, cloudflared = f"cr.strrl.dev/strrl/{CONTROLLER}", versions.CLOUDFLARED
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}
    return {
        "cloudflare": {
            "secretRef": {
                "name": credentials.name,
                "apiTokenKey": credentials.key("api-token").key,
                "accountIDKey": credentials.key("account-id").key,
                "tunnelNameKey": credentials.key("tunnel-name").key,
            }
        },
        "ingressClass": {"name": INGRESS_CLASS, "isDefaultClass": False},
        "image": {"repository": site.repository(image)},
        # It looks the tunnel up by its name when it starts, and holds on to the id: one that was made anew, under the
        # same name, needs another pod.
        "podAnnotations": {TUNNEL_ID: tunnel.id},
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "securityContext": restricted,
        "cloudflared": {
            "image": {
                "repository": site.repository(cloudflared.repository),
                # The chart writes `<repository>:<tag>`, so the digest goes with the tag.
                "tag": cloudflared.version,
            },
            # The controller knows no way to keep its connectors apart: that is left to the scheduler's own preference.
            "replicaCount": site.replicas,
        },
    }
