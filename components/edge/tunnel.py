"""The tunnel: services that are reached without an open port at home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.kit import (
    Addresses,
    ChartApp,
    ChartAppArgs,
    ConnectionArgs,
    Delivery,
    Given,
    Namespace,
    NamespaceArgs,
    Pods,
    SecretStore,
    SyncedSecret,
    SyncedSecretArgs,
    VaultItem,
    VaultItemArgs,
    connections,
    internet,
)
from components.kit.cloudflare import ZeroTrustTunnelCloudflared

INGRESS_CLASS: Final = "cloudflare-tunnel"
CONNECTOR_PORT: Final = 7844
"""Port of Cloudflare's edge that tunnels connect to, over QUIC or HTTP/2."""


@dataclass(frozen=True, kw_only=True)
class TunnelGateway:
    """The tunnel as the ingresses see it."""

    connector: Pods
    """The pods from which requests come."""
    ready: pulumi.Resource
    """Done when the controller runs."""


@dataclass(frozen=True, kw_only=True)
class TunnelIngressControllerArgs:
    """The Cloudflare account, and how the controller is delivered."""

    delivery: Delivery
    store: SecretStore
    account_id: str
    api_token: pulumi.Input[str]
    """Cloudflare API token that may edit tunnels and the zones' DNS."""
    api_server: Addresses
    connectors: int = 1
    """Number of cloudflared pods."""
    registry_mirror: str | None = None


class TunnelIngressController(pulumi.ComponentResource):
    """A Cloudflare tunnel and the controller that publishes ingresses of the class `cloudflare-tunnel` through it.

    The controller finds the tunnel by its name and adopts it. The tunnel's rules and the DNS records of its hosts are
    the controller's: it rewrites both on every change (docs/decisions).
    """

    gateway: TunnelGateway
    secret: SyncedSecret
    """The controller's credentials."""
    tunnel_id: pulumi.Output[str]

    def __init__(
        self, name: str, args: TunnelIngressControllerArgs, *, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("homelab:edge:TunnelIngressController", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        # A deleted tunnel lingers in the account and its name stays taken for a while.
        tunnel = ZeroTrustTunnelCloudflared(
            name,
            account_id=args.account_id,
            name=name,
            config_src="cloudflare",
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        self.tunnel_id = tunnel.id
        namespace = Namespace(
            name,
            NamespaceArgs(
                pod_security="baseline",
                pod_security_reason="the controller starts cloudflared without a security context",
            ),
            opts=inside,
        )
        self.secret = self._credentials(name, namespace, args)
        pods = Pods(namespace=namespace)
        calls = connections(
            name,
            {
                "to-cloudflare-api": ConnectionArgs(source=pods, target=internet(443)),
                "to-cloudflare-edge": ConnectionArgs(source=pods, target=internet(CONNECTOR_PORT)),
                "to-cloudflare-edge-quic": ConnectionArgs(source=pods, target=internet(CONNECTOR_PORT, protocol="UDP")),
                "to-api-server": ConnectionArgs(source=pods, target=args.api_server),
            },
            parent=self,
        )
        chart = ChartApp(
            name,
            ChartAppArgs(
                delivery=args.delivery,
                chart=versions.TUNNEL_INGRESS_CONTROLLER,
                namespace=namespace,
                values=_values(args, self.secret),
                depends_on=[tunnel, self.secret, *calls],
            ),
            opts=inside,
        )
        self.gateway = TunnelGateway(
            connector=Pods(namespace=namespace, labels={"app": "controlled-cloudflared-connector"}), ready=chart.ready
        )
        self.register_outputs({"tunnel_id": self.tunnel_id})

    def _credentials(self, name: str, namespace: Namespace, args: TunnelIngressControllerArgs) -> SyncedSecret:
        item = VaultItem(
            f"{name}-cloudflare",
            VaultItemArgs(
                store=args.store,
                fields={
                    "api-token": Given(value=args.api_token),
                    "account-id": Given(value=args.account_id),
                    "tunnel-name": Given(value=name),
                },
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return SyncedSecret(
            f"{name}-cloudflare",
            SyncedSecretArgs(namespace=namespace, item=item),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _values(args: TunnelIngressControllerArgs, credentials: SyncedSecret) -> dict[str, Any]:
    image, cloudflared = "cr.strrl.dev/strrl/cloudflare-tunnel-ingress-controller", versions.CLOUDFLARED
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
        "image": {"repository": versions.mirrored(image, args.registry_mirror)},
        "podSecurityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "securityContext": restricted,
        "cloudflared": {
            "image": {
                "repository": versions.mirrored(cloudflared.repository, args.registry_mirror),
                "tag": cloudflared.tag,
            },
            "replicaCount": args.connectors,
        },
    }
