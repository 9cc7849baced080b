"""What Cloudflare Access knows: its identity provider, a policy for each group, an application for each host."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from components.kit import THE_ONLY_ONE, Home, OidcEndpoints, VaultItem, plain
from components.kit.cloudflare import (
    ZeroTrustAccessApplication,
    ZeroTrustAccessApplicationDestinationArgs,
    ZeroTrustAccessApplicationPolicyArgs,
    ZeroTrustAccessIdentityProvider,
    ZeroTrustAccessIdentityProviderConfigArgs,
    ZeroTrustAccessPolicy,
    ZeroTrustAccessPolicyIncludeArgs,
    ZeroTrustAccessPolicyIncludeOidcArgs,
)
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET


@dataclass(frozen=True, kw_only=True)
class AccessPoliciesArgs:
    """The account, its client at Authentik, and the groups that policies are wanted for."""

    account_id: str
    endpoints: OidcEndpoints
    credentials: VaultItem
    """Holds `client-id` and `client-secret`."""
    groups: Sequence[str]
    home: Home = THE_ONLY_ONE
    """Whose they are: another home may have its own Authentik in the same account."""


class AccessPolicies(pulumi.ComponentResource):
    """Authentik as Access's identity provider, and one reusable policy for each group."""

    identity_provider: pulumi.Output[str]
    policies: dict[str, pulumi.Output[str]]
    """Ids by group."""

    def __init__(self, name: str, args: AccessPoliciesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:AccessPolicies", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        endpoints, item = args.endpoints, args.credentials
        self.identity_provider = ZeroTrustAccessIdentityProvider(
            name,
            account_id=args.account_id,
            name=args.home.own("Authentik"),
            type="oidc",
            config=ZeroTrustAccessIdentityProviderConfigArgs(
                auth_url=endpoints.authorization,
                token_url=endpoints.token,
                certs_url=endpoints.jwks,
                client_id=item.value(CLIENT_ID),
                client_secret=item.value(CLIENT_SECRET),
                scopes=["openid", "email", "profile"],
                claims=["groups"],
                pkce_enabled=True,
            ),
            opts=inside,
        ).id
        self.policies = {
            group: ZeroTrustAccessPolicy(
                f"{name}-{group}",
                account_id=args.account_id,
                name=args.home.own(group),
                decision="allow",
                includes=[
                    ZeroTrustAccessPolicyIncludeArgs(
                        oidc=ZeroTrustAccessPolicyIncludeOidcArgs(
                            claim_name="groups", claim_value=group, identity_provider_id=self.identity_provider
                        )
                    )
                ],
                opts=inside,
            ).id
            for group in args.groups
        }
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class AccessApplicationArgs:
    """A host behind Access."""

    account_id: str
    host: str
    kind: Literal["ssh", "self_hosted"]
    """`ssh` gives a terminal in the browser."""
    session: str
    """How long a sign-in lasts, for example `8h`."""
    group: str
    policies: AccessPolicies


class AccessApplication(pulumi.ComponentResource):
    """One host's Access application: the group's policy, and Authentik as the only way to sign in."""

    audience: pulumi.Output[str]
    """What Access writes into the tokens of this application: the tunnel accepts no others."""

    def __init__(self, name: str, args: AccessApplicationArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:AccessApplication", name, plain(args), opts)
        self.audience = ZeroTrustAccessApplication(
            name,
            account_id=args.account_id,
            name=args.host,
            type=args.kind,
            domain=args.host,
            destinations=[ZeroTrustAccessApplicationDestinationArgs(type="public", uri=args.host)],
            session_duration=args.session,
            allowed_idps=[args.policies.identity_provider],
            auto_redirect_to_identity=True,
            policies=[ZeroTrustAccessApplicationPolicyArgs(id=args.policies.policies[args.group], precedence=1)],
            opts=pulumi.ResourceOptions(parent=self),
        ).aud
        self.register_outputs({})
