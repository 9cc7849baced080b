"""The tunnel of the hosts behind Cloudflare Access: a cloudflared of our own, with rules of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import pulumi

from components import versions
from components.edge.routes import AUTOMATIC_TTL
from components.edge.tunnel import CONNECTOR_PORT
from components.kit import (
    Addresses,
    Given,
    Namespace,
    NamespaceArgs,
    Resources,
    SecretStore,
    SyncedSecret,
    SyncedSecretArgs,
    VaultItem,
    VaultItemArgs,
    Workload,
    WorkloadArgs,
    hosts,
    internet,
)
from components.kit.cloudflare import (
    DnsRecord,
    ZeroTrustTunnelCloudflared,
    ZeroTrustTunnelCloudflaredConfig,
    ZeroTrustTunnelCloudflaredConfigConfigArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestAccessArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestArgs,
    get_zero_trust_tunnel_cloudflared_token_output,
)
from components.kit.network import PRIVATE_RANGES

METRICS_PORT: Final = 2000
USER: Final = 65532
"""User id of cloudflared's image."""
DEFAULT_PORTS: Final = {"ssh": 22, "http": 80, "https": 443}
NOT_FOUND: Final = "http_status:404"


@dataclass(frozen=True, kw_only=True)
class AccessRoute:
    """One host of the tunnel."""

    host: str
    zone_id: str
    target: str
    """Where cloudflared finds it, for example `ssh://192.168.1.11:22`."""
    audience: pulumi.Input[str]
    """Of the host's Access application: cloudflared lets in only what Access has signed for it."""


@dataclass(frozen=True, kw_only=True)
class AccessTunnelArgs:
    """The account, and what is behind the tunnel."""

    store: SecretStore
    account_id: str
    team: str
    routes: Sequence[AccessRoute]
    replicas: int = 1
    registry_mirror: str | None = None


class AccessTunnel(pulumi.ComponentResource):
    """A tunnel, its rules, a proxied record for each host, and cloudflared, which holds the tunnel open.

    It has a tunnel of its own because the tunnel ingress controller replaces all rules of the one it uses.
    """

    namespace: Namespace
    secret: SyncedSecret

    def __init__(self, name: str, args: AccessTunnelArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:AccessTunnel", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        tunnel = ZeroTrustTunnelCloudflared(
            name,
            account_id=args.account_id,
            name=name,
            config_src="cloudflare",
            # A deleted tunnel lingers in the account and its name stays taken for a while.
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        ZeroTrustTunnelCloudflaredConfig(
            name,
            account_id=args.account_id,
            tunnel_id=tunnel.id,
            config=ZeroTrustTunnelCloudflaredConfigConfigArgs(
                ingresses=[
                    *(_rule(route, args.team) for route in args.routes),
                    ZeroTrustTunnelCloudflaredConfigConfigIngressArgs(service=NOT_FOUND),
                ]
            ),
            opts=inside,
        )
        for route in args.routes:
            DnsRecord(
                f"{name}-{route.host}",
                zone_id=route.zone_id,
                name=route.host,
                type="CNAME",
                content=pulumi.Output.concat(tunnel.id, ".cfargotunnel.com"),
                proxied=True,
                ttl=AUTOMATIC_TTL,
                comment="homelab: Access",
                opts=inside,
            )
        self.namespace = Namespace(name, NamespaceArgs(), opts=inside)
        token = get_zero_trust_tunnel_cloudflared_token_output(
            account_id=args.account_id, tunnel_id=tunnel.id, opts=pulumi.InvokeOutputOptions(parent=self)
        ).token
        item = VaultItem(
            name,
            VaultItemArgs(store=args.store, fields={"tunnel-token": Given(value=pulumi.Output.secret(token))}),
            opts=inside,
        )
        self.secret = SyncedSecret(name, SyncedSecretArgs(namespace=self.namespace, item=item), opts=inside)
        self._connector(name, args)
        self.register_outputs({})

    def _connector(self, name: str, args: AccessTunnelArgs) -> None:
        targets = {f"target-{index}": _addresses(route.target) for index, route in enumerate(args.routes)}
        Workload(
            name,
            WorkloadArgs(
                namespace=self.namespace,
                image=versions.CLOUDFLARED,
                registry_mirror=args.registry_mirror,
                arguments=["tunnel", "--no-autoupdate", "--metrics", f"0.0.0.0:{METRICS_PORT}", "run"],
                environment={"TUNNEL_TOKEN": self.secret.key("tunnel-token")},
                port=METRICS_PORT,
                # Ready while at least one connection to Cloudflare's edge stands.
                health_path="/ready",
                replicas=args.replicas,
                user=USER,
                resources=Resources(memory="128Mi"),
                connects_to={
                    "cloudflare-api": internet(443),
                    "cloudflare-edge": internet(CONNECTOR_PORT),
                    "cloudflare-edge-quic": internet(CONNECTOR_PORT, protocol="UDP"),
                    **targets,
                },
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _rule(route: AccessRoute, team: str) -> ZeroTrustTunnelCloudflaredConfigConfigIngressArgs:
    access = ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestAccessArgs(
        required=True, team_name=team, aud_tags=[route.audience]
    )
    return ZeroTrustTunnelCloudflaredConfigConfigIngressArgs(
        hostname=route.host,
        service=route.target,
        origin_request=ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestArgs(access=access),
    )


def _addresses(target: str) -> Addresses:
    """What cloudflared may call for a target: its address, or, if it has a name, the home network at its port."""
    url = urlsplit(target)
    port = url.port or DEFAULT_PORTS[url.scheme]
    try:
        return hosts([str(ip_address(url.hostname or ""))], port)
    except ValueError:
        return Addresses(cidrs=list(PRIVATE_RANGES), ports=[port])
