"""The simulated Cloudflare account.

The file: `tokens` {token: [permission, ...]}, `accounts` {id: {`name`}}, `zones` {id: {`name`, `account`, `settings`
{id: value}}} and `objects`. A tunnel that was deleted stays with its `deletedAt`, as it does at Cloudflare; one with
`connections` cannot be deleted. `fqdn` of a DNS record and `secret` of a tunnel are the service's own notes.

Values are judged by the provider's tables (version 5.11 and near it) and by what is known of the API's errors. A host
may have several A records, so only an equal one is refused; a CNAME stands alone. Reading what was deleted by hand
finds nothing, deleting it fails.

An account in trouble is asked eleven times, whatever is asked of it: cloudflare-go (6.10.0) does so after 408, 409,
429, 5xx and a broken connection, also when it was to make something. What was made although the answer was lost is met
by the next try.

Not covered: plans and what they include, rules, workers and everything else that the program
does not use; identity providers other than OIDC and one-time PIN; Access for SaaS, infrastructure and devices.
"""

from __future__ import annotations

from typing import ClassVar

from sandbox.plugins.accounts.account import Account, Data
from sandbox.plugins.accounts.cloudflare import requests, tokens
from sandbox.plugins.accounts.cloudflare.access import IdentityProvider, Policy
from sandbox.plugins.accounts.cloudflare.applications import Application
from sandbox.plugins.accounts.cloudflare.dns import DnsRecord
from sandbox.plugins.accounts.cloudflare.tunnels import TUNNEL_TOKEN, Tunnel, TunnelConfig
from sandbox.plugins.accounts.cloudflare.zones import IP_RANGES, ZONE, ZoneSetting
from sandbox.plugins.accounts.faults import Request, Trouble
from sandbox.plugins.accounts.kind import Kind, Lookup
from sandbox.plugins.accounts.provider import AccountProvider
from sandbox.plugins.accounts.schema import text
from sandbox.plugins.interface import ProviderError

VERSION = "6.23.1"
"""The SDK's version: the engine asks for a plugin of it."""


class Cloudflare(AccountProvider):
    """Cloudflare, as a provider."""

    tries: ClassVar[int] = 11

    def __init__(self, account: Account) -> None:
        """Serve the account in this file."""
        super().__init__(
            account=account,
            title="Cloudflare",
            arguments={"apiToken": text(required=True, secret=True)},
            kinds=[DnsRecord(), Tunnel(), TunnelConfig(), IdentityProvider(), Policy(), Application(), ZoneSetting()],
            lookups=[TUNNEL_TOKEN, IP_RANGES, ZONE],
        )

    def complaint(self, trouble: Trouble, request: Request) -> str:
        """The SDK's words."""
        return requests.complaint(trouble, request)

    def authenticate(self, data: Data) -> None:
        """Refuse a token that the account did not hand out."""
        if not tokens.knows(data, self.config.get("apiToken")):
            raise ProviderError("403 Forbidden: Authentication error (10000): check the provider argument apiToken")

    def authorise(self, data: Data, what: Kind | Lookup, operation: str) -> None:
        """Refuse a token without the permission for this."""
        if isinstance(what, Lookup):
            needed, _, level = what.permission.rpartition(" / ")
        else:
            needed, level = what.permission, tokens.READ if operation == "read" else tokens.EDIT
        if needed:
            tokens.demand(data, self.config.get("apiToken"), needed, level)
