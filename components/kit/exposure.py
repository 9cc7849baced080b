"""How a service is reached from outside: one typed choice, and with it how one signs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.kit.namespace import Namespace
from components.kit.network import Endpoint
from components.kit.oidc import OidcSignIn


@dataclass(frozen=True, kw_only=True)
class Middleware:
    """A Traefik Middleware, by reference: routes of other namespaces may use it."""

    namespace: Namespace
    name: str


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """The application sends its users to Authentik by OpenID Connect."""

    client: OidcSignIn


@dataclass(frozen=True, kw_only=True)
class ForwardAuth:
    """Traefik asks Authentik about each request before the application sees it."""

    chain: Middleware
    callback: Endpoint
    """Authentik's outpost: it answers below `/outpost.goauthentik.io/` on the application's own host."""
    open_paths: Sequence[str] = ()
    """Path prefixes that are let through unasked; only what checks credentials by itself, with the reason beside it."""
    open_paths_reason: str = ""

    def __post_init__(self) -> None:
        if self.open_paths and not self.open_paths_reason:
            message = "open_paths_reason has to say why paths are let past forward auth"
            raise ValueError(message)


@dataclass(frozen=True, kw_only=True)
class Public:
    """Nobody is asked to sign in, on purpose."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """Cloudflare Access asks Authentik before a request reaches the tunnel."""

    group: str


SignIn = Oidc | ForwardAuth | Access | Public


_DESCRIPTIONS: Final[Mapping[type[SignIn], tuple[str, str]]] = {
    Oidc: ("oidc", "Authentik (OIDC)"),
    ForwardAuth: ("forward-auth", "Authentik (forward auth)"),
    Access: ("access", "Authentik (Cloudflare Access)"),
    Public: ("public", "none (public)"),
}


def kind_of(sign_in: SignIn) -> str:
    """For machines: the annotation that policy and the wiring check read."""
    return _DESCRIPTIONS[type(sign_in)][0]


def describe(sign_in: SignIn) -> str:
    """For people: the table of services and the documentation."""
    return _DESCRIPTIONS[type(sign_in)][1]


@dataclass(frozen=True, kw_only=True)
class TraefikRoute:
    """Cloudflare's proxy, then Traefik, then the Service."""

    host: str
    sign_in: SignIn
    path: str = "/"
    """Path prefix, for an application that shares another one's host."""


@dataclass(frozen=True, kw_only=True)
class TunnelIngress:
    """Cloudflare's edge, then the tunnel, then the Service: no port is open at home."""

    host: str
    sign_in: Oidc | Public


@dataclass(frozen=True, kw_only=True)
class AccessExposure:
    """Cloudflare Access, then a tunnel of its own, to something at home that need not be in the cluster."""

    host: str
    sign_in: Access


@dataclass(frozen=True, kw_only=True)
class Internal:
    """Only other workloads of the cluster may call it."""


Exposure = TraefikRoute | TunnelIngress | AccessExposure | Internal
