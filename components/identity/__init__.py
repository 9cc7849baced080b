"""Flows 2, 3 and 4: who may reach what."""

from components.identity.access import (
    AccessApplication,
    AccessApplicationArgs,
    ZeroTrust,
    ZeroTrustArgs,
    access_callback,
)
from components.identity.authentik import Authentik, AuthentikArgs
from components.identity.directory import Directory, DirectoryArgs
from components.identity.forward_auth import (
    Outpost,
    OutpostArgs,
    ProtectedHost,
    ProtectedHostArgs,
    outpost_endpoint,
)
from components.identity.oidc import OidcClient, OidcClientArgs, oidc_sign_in

__all__ = [
    "AccessApplication",
    "AccessApplicationArgs",
    "Authentik",
    "AuthentikArgs",
    "Directory",
    "DirectoryArgs",
    "OidcClient",
    "OidcClientArgs",
    "Outpost",
    "OutpostArgs",
    "ProtectedHost",
    "ProtectedHostArgs",
    "ZeroTrust",
    "ZeroTrustArgs",
    "access_callback",
    "oidc_sign_in",
    "outpost_endpoint",
]
