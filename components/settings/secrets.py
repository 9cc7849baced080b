"""The secret part of the stack configuration: encrypted keys of their own, never part of a structured one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import pulumi

DNS_EDIT: Final = "Zone / DNS / Edit"
ZONE_READ: Final = "Zone / Zone / Read"
TUNNEL_EDIT: Final = "Account / Cloudflare Tunnel / Edit"

TOKEN_PERMISSIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cloudflareApiToken": (
            DNS_EDIT,
            TUNNEL_EDIT,
            "Account / Access: Apps and Policies / Edit",
            "Account / Access: Organizations, Identity Providers, and Groups / Edit",
        ),
        "cloudflareDnsToken": (DNS_EDIT, ZONE_READ),
        "cloudflareTunnelToken": (TUNNEL_EDIT, DNS_EDIT, ZONE_READ),
    }
)
"""What each token of Cloudflare has to be allowed, in the words of the page on which it is made. Nothing more is asked
of it; those of a zone are needed on every zone of the stack file."""


def _token(key: str, whose: str) -> str:
    return (
        f"Cloudflare API token of {whose}, with the permissions {'; '.join(TOKEN_PERMISSIONS[key])} "
        "(dashboard: My Profile, API Tokens)"
    )


SECRET_KEYS: Mapping[str, str] = MappingProxyType(
    {
        "cloudflareApiToken": _token("cloudflareApiToken", "this program"),
        "cloudflareDnsToken": _token("cloudflareDnsToken", "cert-manager for DNS-01"),
        "cloudflareTunnelToken": _token("cloudflareTunnelToken", "the tunnel ingress controller"),
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
