"""Where the provider asks Cloudflare, and how it says that it got no answer it can use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from sandbox.plugins.accounts.faults import Request, Trouble

API: Final = "https://api.cloudflare.com/client/v4"
PATHS: Final[Mapping[str, str]] = {
    "DnsRecord": "zones/{zoneId}/dns_records",
    "ZoneSetting": "zones/{zoneId}/settings",
    "ZeroTrustTunnelCloudflared": "accounts/{accountId}/cfd_tunnel",
    "ZeroTrustTunnelCloudflaredConfig": "accounts/{accountId}/cfd_tunnel/{tunnelId}/configurations",
    "ZeroTrustAccessIdentityProvider": "accounts/{accountId}/access/identity_providers",
    "ZeroTrustAccessPolicy": "accounts/{accountId}/access/policies",
    "ZeroTrustAccessApplication": "accounts/{accountId}/access/apps",
    "getIpRanges": "ips",
    "getZone": "zones/{zoneId}",
    "getZeroTrustTunnelCloudflaredToken": "accounts/{accountId}/cfd_tunnel/{tunnelId}/token",
}
WORDS: Final = {
    Trouble.LIMITED: '{"code":971,"message":"Please wait and consider throttling your request speed"}',
    Trouble.BROKEN: '{"code":10000,"message":"Internal server error"}',
    Trouble.SILENT: "read: connection reset by peer",
    Trouble.LOST: "EOF",
}
"""The API's error, or the network's. A silent API is waited for until something on the way breaks the connection."""


def complaint(trouble: Trouble, request: Request) -> str:
    """What cloudflare-go says after its last try, behind the provider's own words."""
    path = PATHS[request.kind].format_map(defaultdict(lambda: "...", request.given))
    own = f"/{request.id}" if request.id and "{tunnelId}" not in PATHS[request.kind] else ""
    asked = f'"{API}/{path}{own}"'
    if trouble.status:
        answered = f'{{"success":false,"errors":[{WORDS[trouble]}]}}'
        return f"failed to make http request: {request.method} {asked}: {trouble.status} {answered}"
    return f"failed to make http request: {request.method.title()} {asked}: {WORDS[trouble]}"
