"""The simulated Cloudflare account.

The file: `tokens` [...], `accounts` {id: {`name`}}, `zones` {id: {`name`, `account`, `settings` {id: value}}} and
`objects`. A tunnel that was deleted stays with its `deletedAt`, as it does at Cloudflare; one with `connections` cannot
be deleted. `fqdn` of a DNS record and `secret` of a tunnel are the service's own notes.

Not covered: permissions of a token, plans and what they include, rules, workers and everything else that the program
does not use; identity providers other than OIDC and one-time PIN; Access for SaaS, infrastructure and devices.
"""

from __future__ import annotations

from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.cloudflare.access import IdentityProvider, Policy
from sandbox.plugins.accounts.cloudflare.applications import Application
from sandbox.plugins.accounts.cloudflare.dns import DnsRecord
from sandbox.plugins.accounts.cloudflare.tunnels import TUNNEL_TOKEN, Tunnel, TunnelConfig
from sandbox.plugins.accounts.cloudflare.zones import IP_RANGES, ZONE, ZoneSetting
from sandbox.plugins.accounts.provider import AccountProvider
from sandbox.plugins.accounts.schema import text
from sandbox.plugins.interface import ProviderError

VERSION = "6.23.1"
"""The SDK's version: the engine asks for a plugin of it."""


class Cloudflare(AccountProvider):
    """Cloudflare, as a provider."""

    def __init__(self, account: Account) -> None:
        """Serve the account in this file."""
        super().__init__(
            account=account,
            title="Cloudflare",
            arguments={"apiToken": text(required=True, secret=True)},
            kinds=[DnsRecord(), Tunnel(), TunnelConfig(), IdentityProvider(), Policy(), Application(), ZoneSetting()],
            lookups=[TUNNEL_TOKEN, IP_RANGES, ZONE],
        )

    def authenticate(self, data: Data) -> None:
        """Refuse a token that the account did not hand out."""
        if self.config.get("apiToken") not in data.get("tokens", ()):
            raise ProviderError("403 Forbidden: Authentication error (10000): check the provider argument apiToken")
