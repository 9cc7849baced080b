"""Cloudflare tunnels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.kit.cloudflare import ZeroTrustTunnelCloudflared
from components.kit.home import THE_ONLY_ONE, Home
from components.kit.inputs import plain
from components.kit.network import Addresses, internet

CLOUDFLARED: Final = "cloudflared"
"""Label `job` of the series of every tunnel's connector."""

EDGE_PORT: Final = 7844
"""Port of Cloudflare's edge that tunnels connect to, over QUIC or HTTP/2."""


@dataclass(frozen=True, kw_only=True)
class TunnelArgs:
    """The account that the tunnel is in."""

    account_id: str
    home: Home = THE_ONLY_ONE
    """Whose it is: Cloudflare refuses a second tunnel of one name."""
    protected: bool = True
    """Off for a tunnel that goes when the last host behind it goes."""


class Tunnel(pulumi.ComponentResource):
    """A Cloudflare tunnel whose rules are kept at Cloudflare."""

    resource: ZeroTrustTunnelCloudflared
    id: pulumi.Output[str]
    known_as: str
    """Its name at Cloudflare."""

    def __init__(self, name: str, args: TunnelArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:kit:Tunnel", name, plain(args), opts)
        self.known_as = args.home.own(name)
        self.resource = ZeroTrustTunnelCloudflared(
            name,
            account_id=args.account_id,
            name=self.known_as,
            config_src="cloudflare",
            # A deleted tunnel lingers in the account, and whatever came by it stands still.
            opts=pulumi.ResourceOptions(parent=self, protect=args.protected),
        )
        self.id = self.resource.id
        self.register_outputs({"id": self.id})


def connector_calls(*, checks_access: bool = False) -> dict[str, Addresses]:
    """The calls that hold a tunnel open.

    Args:
        checks_access: Whether the connector verifies what Access has signed: it fetches the team's keys for that.
    """
    edge = {
        "cloudflare-edge": internet(EDGE_PORT),
        "cloudflare-edge-quic": internet(EDGE_PORT, protocol="UDP"),
    }
    return {"cloudflare-api": internet(443), **edge} if checks_access else edge
