"""What a relying party has to know to sign its users in by OpenID Connect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

CLIENT_ID: Final = "client-id"
CLIENT_SECRET: Final = "client-secret"  # noqa: S105 - a key's name


@dataclass(frozen=True, kw_only=True)
class OidcEndpoints:
    """Addresses of the authorization server, as its discovery document gives them."""

    issuer: str
    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str


@dataclass(frozen=True, kw_only=True)
class OidcSignIn:
    """An application's own sign-in: the server's addresses, and where the client's credentials are.

    The credentials are the keys `client-id` and `client-secret` of the Secret, in the application's namespace.
    """

    endpoints: OidcEndpoints
    secret_name: str
    callback: str
    """Redirect URI: the only one that the server accepts."""
