"""The secret part of the stack configuration: encrypted keys of their own, never part of a structured one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pulumi

SECRET_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "cloudflareApiToken": (
            "Cloudflare API token of this program: DNS Edit on every zone, Cloudflare Tunnel Edit and Access Apps and "
            "Policies Edit on the account (dashboard: My Profile, API Tokens)"
        ),
        "cloudflareDnsToken": (
            "Cloudflare API token of cert-manager for DNS-01: DNS Edit and Zone Read on every zone, nothing else "
            "(dashboard: My Profile, API Tokens)"
        ),
        "cloudflareTunnelToken": (
            "Cloudflare API token of the tunnel ingress controller: Cloudflare Tunnel Edit on the account, "
            "DNS Edit and Zone Read on every zone (dashboard: My Profile, API Tokens)"
        ),
        "onepasswordServiceAccountToken": (
            "token of this program's 1Password service account, which reads and writes items of the vault "
            "(op service-account create homelab --vault homelab:read_items,write_items)"
        ),
        "onepasswordConnectCredentials": (
            "text of the Connect server's file 1password-credentials.json "
            "(op connect server create homelab --vaults homelab)"
        ),
        "onepasswordConnectToken": (
            "token by which the 1Password operator asks the Connect server "
            "(op connect token create operator --server homelab --vault homelab,r)"
        ),
        "authentikToken": (
            "API token of Authentik's first administrator, which this program both sets and signs in with "
            "(openssl rand -hex 32)"
        ),
    }
)
"""Every encrypted key, without its namespace: what it is, and where it is made."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """The values of `SECRET_KEYS`, each an output that the engine keeps encrypted."""

    cloudflare_api_token: pulumi.Output[str]
    cloudflare_dns_token: pulumi.Output[str]
    cloudflare_tunnel_token: pulumi.Output[str]
    onepassword_service_account_token: pulumi.Output[str]
    onepassword_connect_credentials: pulumi.Output[str]
    onepassword_connect_token: pulumi.Output[str]
    authentik_token: pulumi.Output[str]
