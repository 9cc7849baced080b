"""How a service is reached from outside: one typed choice, and with it how one signs in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pulumi

from components.kit.namespace import Namespace
from components.kit.network import Endpoint, Pods
from components.vocabulary import SignInKind


@dataclass(frozen=True, kw_only=True)
class RoleClaim:
    """A claim that says which role a user has in one application."""

    claim: str
    """Its name."""
    roles: Mapping[str, str]
    """Roles by group; of several, the first that the user is in counts."""
    otherwise: str
    """The role of everybody else who is let in."""


@dataclass(frozen=True, kw_only=True)
class Oidc:
    """The application sends its users to Authentik by OpenID Connect."""

    kind: ClassVar = SignInKind.OIDC
    description: ClassVar = "Authentik (OIDC)"

    callback: str
    """Path below the host that Authentik sends users back to; it begins with a slash."""
    groups: Sequence[str]
    """Members of any of these groups are let in."""
    more_callbacks: Sequence[str] = ()
    """Where else Authentik may send users back to: paths below the host, or addresses of an app on a phone."""
    role: RoleClaim | None = None
    """What the application is told of what a user may do there, if it asks for a claim of its own."""


@dataclass(frozen=True, kw_only=True)
class ForwardAuth:
    """Traefik asks Authentik about each request before the application sees it."""

    kind: ClassVar = SignInKind.FORWARD_AUTH
    description: ClassVar = "Authentik (forward auth)"

    group: str
    """Members of this group are let in."""
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

    kind: ClassVar = SignInKind.PUBLIC
    description: ClassVar = "none (public)"

    reason: str


@dataclass(frozen=True, kw_only=True)
class Access:
    """Cloudflare Access asks Authentik before a request reaches the tunnel."""

    kind: ClassVar = SignInKind.ACCESS
    description: ClassVar = "Authentik (Cloudflare Access)"

    group: str
    """Members of this group are let in."""


SignIn = Oidc | ForwardAuth | Access | Public


@dataclass(frozen=True, kw_only=True)
class TraefikRoute:
    """Cloudflare's proxy, then Traefik, then the Service."""

    way: ClassVar = "traefik"

    host: str
    sign_in: Oidc | ForwardAuth | Public
    path: str = "/"
    """Path prefix, for an application that shares another one's host."""
    closed_paths: Sequence[str] = ()
    """Path prefixes that nobody reaches from outside, in whatever case they are written."""


@dataclass(frozen=True, kw_only=True)
class TunnelIngress:
    """Cloudflare's edge, then the tunnel, then the Service: no port is open at home."""

    way: ClassVar = "tunnel"

    host: str
    sign_in: Oidc | Public


@dataclass(frozen=True, kw_only=True)
class AccessIngress:
    """Cloudflare Access, then a tunnel of its own, to something at home that need not be in the cluster."""

    way: ClassVar = "access"

    host: str
    sign_in: Access
    tunnel_id: pulumi.Input[str]
    """Of the tunnel that has a rule for the host."""


@dataclass(frozen=True, kw_only=True)
class Internal:
    """Only other workloads of the cluster may call it."""

    way: ClassVar = "internal"


Exposure = TraefikRoute | TunnelIngress | AccessIngress | Internal


@dataclass(frozen=True, kw_only=True)
class CatalogEntry:
    """One thing that people open, for whoever makes it reachable and for the table of services."""

    name: str
    title: str
    description: str
    """What it is, in a sentence."""
    namespace: Namespace
    endpoint: Endpoint | None
    """None for what has no Service: Traefik's own dashboard, and what is not in the cluster."""
    exposure: Exposure
    beside: Sequence[str] = ()
    """Other workloads that work for it, in a namespace that it shares with other entries."""
    runbooks: Sequence[str] = ()
    """Pages of `docs/runbooks` about this one; those about its sign-in, its database and its volumes follow."""

    @property
    def url(self) -> str:
        """Where people find it; empty if they cannot."""
        exposure = self.exposure
        if isinstance(exposure, Internal):
            return ""
        path = exposure.path if isinstance(exposure, TraefikRoute) else "/"
        return f"https://{exposure.host}{path.rstrip('/')}"


@dataclass(frozen=True, kw_only=True)
class Middleware:
    """A Traefik Middleware, by reference: routes of other namespaces may use it."""

    namespace: Namespace
    name: str
    resource: pulumi.Resource
    """Done when Traefik can find it."""


@dataclass(frozen=True, kw_only=True)
class ForwardAuthGate:
    """What a route behind forward auth needs: the chain that asks Authentik, and who answers at its callback path."""

    chain: Middleware
    callback: Endpoint
    """Authentik's outpost: it answers below `/outpost.goauthentik.io/` on the application's own host."""


@dataclass(frozen=True, kw_only=True)
class IngressController:
    """Something that requests from outside come through: Traefik, or the tunnel's connector."""

    pods: Pods
    """Where the requests come from that it hands on."""
    ready: pulumi.Resource
    """Done when it runs and knows its kinds of object."""
