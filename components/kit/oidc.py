"""Sign-in by OpenID Connect, as the applications see it: where the authorization server is, and what they tell it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.kit.exposure import RoleClaim
from components.kit.namespace import Namespace
from components.kit.secret import secret_name

CLIENT_ID: Final = "client-id"
CLIENT_SECRET: Final = "client-secret"  # noqa: S105 - a key's name


@dataclass(frozen=True, kw_only=True)
class OidcEndpoints:
    """URLs of Authentik for one relying party, as its discovery document gives them."""

    issuer: str
    authorization: str
    token: str
    jwks: str

    @classmethod
    def of(cls, url: str, party: str) -> OidcEndpoints:
        """Those of the relying party `party` at the Authentik of that URL, known before either of them exists."""
        own = f"{url}/application/o/{party}"
        return cls(
            issuer=f"{own}/",
            authorization=f"{url}/application/o/authorize/",
            token=f"{url}/application/o/token/",
            jwks=f"{own}/jwks/",
        )


@dataclass(frozen=True, kw_only=True)
class RelyingParty:
    """An application that signs its users in by OpenID Connect, and who may use it."""

    name: str
    """Slug of the application in Authentik."""
    title: str
    """On the user's page of applications."""
    host: str
    callback: str
    """Path below the host that Authentik sends users back to; it begins with a slash."""
    groups: Sequence[str]
    """Members of any of these groups are let in; what they may do there is the application's to say."""
    icon: str | None = None
    """URL of the tile's picture."""
    more_callbacks: Sequence[str] = ()
    """Where else Authentik may send users back to: paths below the host, or addresses of an app on a phone."""
    role: RoleClaim | None = None
    """A claim of the application's own."""

    def __post_init__(self) -> None:
        if not self.groups:
            message = f"RelyingParty.groups: expected at least one group that may use {self.title}"
            raise ValueError(message)

    @property
    def launch_url(self) -> str:
        """Where the application is."""
        return f"https://{self.host}"

    @property
    def redirect_uri(self) -> str:
        """The address that Authentik sends a user's code to."""
        return f"{self.launch_url}{self.callback}"

    @property
    def redirect_uris(self) -> list[str]:
        """Every address that Authentik may send a user's code to, and no other."""
        more = [f"{self.launch_url}{item}" if item.startswith("/") else item for item in self.more_callbacks]
        return [self.redirect_uri, *more]

    @property
    def item(self) -> str:
        """Name of the 1Password item and of the `SyncedSecret` that hold its credentials."""
        return f"{self.name}-oidc"

    @property
    def secret_name(self) -> str:
        """Name of the Secret with its credentials, under the keys `client-id` and `client-secret`."""
        return secret_name(self.item)


@dataclass(frozen=True, kw_only=True)
class OidcRegistration:
    """A relying party that is to be made known to Authentik, and where it wants its credentials."""

    party: RelyingParty
    namespace: Namespace
    labels: Mapping[str, str] | None = None
    """Of the Secret with the credentials."""
