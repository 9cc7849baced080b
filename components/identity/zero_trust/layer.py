"""Zero trust as a whole: the hosts behind Cloudflare Access and the tunnel that leads to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi

from components.identity.oidc import OidcClient, OidcClientArgs
from components.identity.shared import SharedObjects
from components.identity.zero_trust.access import (
    AccessApplication,
    AccessApplicationArgs,
    AccessPolicies,
    AccessPoliciesArgs,
)
from components.identity.zero_trust.tunnel import AccessRoute, AccessTunnel, AccessTunnelArgs
from components.kit import (
    Access,
    AccessIngress,
    CatalogEntry,
    Foundation,
    RelyingParty,
    plain,
)
from components.settings import AccessHost, Cloudflare
from components.summaries import AccessSummary

CALLBACK: Final = "/cdn-cgi/access/callback"
"""Of every Zero Trust team, from Cloudflare's documentation of generic OIDC providers."""


@dataclass(frozen=True, kw_only=True)
class ZeroTrustArgs:
    """The account and team at Cloudflare, and the hosts that are reached through it."""

    base: Foundation
    shared: SharedObjects
    cloudflare: Cloudflare
    hosts: Mapping[str, AccessHost]


class ZeroTrust(pulumi.ComponentResource):
    """Authentik as identity provider of Cloudflare Access, an application for each host, and their tunnel.

    Without hosts there is nothing of it, the tunnel included: it holds nothing that could be lost.
    """

    def __init__(self, name: str, args: ZeroTrustArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:ZeroTrust", name, plain(args), opts)
        if args.hosts:
            self._open(name, args)
        self.register_outputs({})

    def _open(self, name: str, args: ZeroTrustArgs) -> None:
        inside = pulumi.ResourceOptions(parent=self)
        groups = sorted({host.group for host in args.hosts.values()})
        party = RelyingParty(
            name="cloudflare-access",
            title="Cloudflare Access",
            host=f"{args.cloudflare.team}.cloudflareaccess.com",
            callback=CALLBACK,
            groups=groups,
        )
        client = OidcClient(
            party.name, OidcClientArgs(party=party, shared=args.shared, store=args.base.store), opts=inside
        )
        policies = AccessPolicies(
            name,
            AccessPoliciesArgs(
                account_id=args.cloudflare.account_id,
                endpoints=args.base.site.oidc(party.name),
                credentials=client.item,
                groups=groups,
            ),
            opts=inside,
        )
        tunnel = AccessTunnel(
            "access-tunnel",
            AccessTunnelArgs(
                site=args.base.site,
                store=args.base.store,
                account_id=args.cloudflare.account_id,
                team=args.cloudflare.team,
                routes=[self._route(host, access, args, policies) for host, access in args.hosts.items()],
            ),
            opts=inside,
        )
        args.base.contributions.secrets.add(tunnel.secret)
        args.base.contributions.metrics.add(tunnel.metrics)
        for host, access in args.hosts.items():
            args.base.contributions.access.add(
                AccessSummary(host=host, target=access.target, group=access.group, session=access.session)
            )
            args.base.contributions.catalog.add(
                CatalogEntry(
                    name=host,
                    title=host,
                    description=f"{access.target} at home, by a tunnel of its own.",
                    namespace=tunnel.namespace,
                    endpoint=None,
                    exposure=AccessIngress(host=host, sign_in=Access(group=access.group), tunnel_id=tunnel.tunnel_id),
                )
            )

    def _route(self, host: str, access: AccessHost, args: ZeroTrustArgs, policies: AccessPolicies) -> AccessRoute:
        application = AccessApplication(
            host,
            AccessApplicationArgs(
                account_id=args.cloudflare.account_id,
                host=host,
                kind="ssh" if access.target.startswith("ssh://") else "self_hosted",
                session=access.session,
                group=access.group,
                policies=policies,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return AccessRoute(
            host=host,
            target=access.target,
            audience=application.audience,
            ca=access.ca,
            unverified_reason="" if access.verify_tls else access.reason or "",
        )
