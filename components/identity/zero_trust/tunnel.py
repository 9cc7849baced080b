"""The tunnel of the hosts behind Cloudflare Access: a cloudflared of our own, with rules of our own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import pulumi

from components import versions
from components.kit import (
    Addresses,
    MetricsTarget,
    Mount,
    Namespace,
    NamespaceArgs,
    Resources,
    SecretStore,
    Site,
    SyncedSecret,
    Value,
    Workload,
    WorkloadArgs,
    hosts,
    plain,
    synced_item,
)
from components.kit.cloudflare import (
    ZeroTrustTunnelCloudflaredConfig,
    ZeroTrustTunnelCloudflaredConfigConfigArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestAccessArgs,
    ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestArgs,
    get_zero_trust_tunnel_cloudflared_token_output,
)
from components.kit.files import Files, FilesArgs
from components.kit.lookups import look_up
from components.kit.network import PRIVATE_RANGES
from components.kit.tunnel import CLOUDFLARED, Tunnel, TunnelArgs, connector_calls
from components.kit.userinput import digest

METRICS_PORT: Final = 2000
USER: Final = 65532
"""User id of cloudflared's image."""
DEFAULT_PORTS: Final = {"ssh": 22, "http": 80, "https": 443}
AUTHORITIES: Final = "/etc/authorities"
"""Folder in cloudflared's pod."""
NOT_FOUND: Final = "http_status:404"


@dataclass(frozen=True, kw_only=True)
class AccessRoute:
    """One host of the tunnel."""

    host: str
    target: str
    """Where cloudflared finds it, for example `ssh://192.168.1.11:22`."""
    audience: pulumi.Input[str]
    """Of the host's Access application: cloudflared lets in only what Access has signed for it."""
    ca: str | None = None
    """Certificates, in PEM, that the target's is verified by beside those that everybody knows."""
    unverified_reason: str = ""
    """Why the target's certificate is not verified; nothing means that it is."""


@dataclass(frozen=True, kw_only=True)
class AccessTunnelArgs:
    """The account, and what is behind the tunnel."""

    site: Site
    store: SecretStore
    account_id: str
    team: str
    routes: Sequence[AccessRoute]


class AccessTunnel(pulumi.ComponentResource):
    """A tunnel, its rules, and cloudflared, which holds the tunnel open.

    It has a tunnel of its own because the tunnel ingress controller replaces all rules of the one it uses.
    """

    namespace: Namespace
    secret: SyncedSecret
    tunnel_id: pulumi.Output[str]
    metrics: MetricsTarget
    """Of its connector."""

    def __init__(self, name: str, args: AccessTunnelArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:AccessTunnel", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        routes = sorted(args.routes, key=lambda route: route.host)
        tunnel_args = TunnelArgs(account_id=args.account_id, home=args.site.home, protected=False)
        self.tunnel_id = Tunnel(name, tunnel_args, opts=inside).id
        unverified = {route.host: route.unverified_reason for route in routes if route.unverified_reason}
        given = NamespaceArgs(dns_cache=args.site.dns_cache, unverified_tls=unverified)
        self.namespace = Namespace(name, given, opts=inside)
        token = look_up(
            "the tunnel's token",
            lambda: get_zero_trust_tunnel_cloudflared_token_output(
                account_id=args.account_id, tunnel_id=self.tunnel_id, opts=pulumi.InvokeOutputOptions(parent=self)
            ),
            "check cloudflareApiToken and try again",
        ).token
        self.secret = synced_item(
            name,
            store=args.store,
            namespace=self.namespace,
            fields={"tunnel-token": Value(value=pulumi.Output.secret(token))},
            parent=self,
        )
        connector = self._connector(name, args, routes)
        self.metrics = MetricsTarget(name=CLOUDFLARED, pods=connector.pods, port=METRICS_PORT)
        ZeroTrustTunnelCloudflaredConfig(
            name,
            account_id=args.account_id,
            tunnel_id=self.tunnel_id,
            config=ZeroTrustTunnelCloudflaredConfigConfigArgs(
                ingresses=[
                    *(_rule(route, args.team) for route in routes),
                    ZeroTrustTunnelCloudflaredConfigConfigIngressArgs(service=NOT_FOUND),
                ]
            ),
            # A rule that names a file has to find it.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[connector] if _files(routes) else []),
        )
        self.register_outputs({})

    def _connector(self, name: str, args: AccessTunnelArgs, routes: Sequence[AccessRoute]) -> Workload:
        mounts = []
        if files := _files(routes):
            given = FilesArgs(namespace=self.namespace, files=files)
            authorities = Files(f"{name}-authorities", given, opts=pulumi.ResourceOptions(parent=self))
            mounts = [Mount(name="authorities", path=AUTHORITIES, claim=authorities, read_only=True)]
        return Workload(
            name,
            WorkloadArgs(
                namespace=self.namespace,
                image=args.site.image(versions.CLOUDFLARED),
                arguments=["tunnel", "--no-autoupdate", "--metrics", f"0.0.0.0:{METRICS_PORT}", "run"],
                environment={"TUNNEL_TOKEN": self.secret.key("tunnel-token")},
                port=METRICS_PORT,
                # Ready while at least one connection to Cloudflare's edge stands.
                health_path="/ready",
                replicas=args.site.replicas,
                user=USER,
                resources=Resources(memory="128Mi"),
                mounts=mounts,
                connects_to={
                    **connector_calls(checks_access=True),
                    **{route.host: _addresses(route.target) for route in routes},
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
        origin_request=ZeroTrustTunnelCloudflaredConfigConfigIngressOriginRequestArgs(
            access=access,
            ca_pool=f"{AUTHORITIES}/{_file(route.ca)}" if route.ca else None,
            no_tls_verify=True if route.unverified_reason else None,
        ),
    )


def _files(routes: Sequence[AccessRoute]) -> dict[str, str]:
    return {_file(route.ca): route.ca for route in routes if route.ca}


def _file(certificates: str) -> str:
    """Named after what is in it, so that cloudflared reads it anew when that changes."""
    return f"{digest(certificates)}.pem"


def _addresses(target: str) -> Addresses:
    """What cloudflared may call for a target: its address, or, if it has a name, the home network at its port."""
    url = urlsplit(target)
    port = url.port or DEFAULT_PORTS[url.scheme]
    try:
        return hosts([str(ip_address(url.hostname or ""))], port)
    except ValueError:
        return Addresses(cidrs=list(PRIVATE_RANGES), ports=[port])
