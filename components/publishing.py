"""Making services reachable: from the typed choice of an exposure to the components that carry it out."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from components import outputs
from components.edge import Gateway, TraefikRouted, TraefikRoutedArgs, TunnelGateway, Tunnelled, TunnelledArgs
from components.identity import ProtectedHost, ProtectedHostArgs
from components.kit import Endpoint, Exposure, ForwardAuth, Middleware, TraefikRoute, TunnelIngress
from components.providers import Providers
from components.settings import Settings


@dataclass(kw_only=True)
class Publisher:
    """Traefik and the tunnel as applications see them, and a record of what was published."""

    settings: Settings
    providers: Providers
    gateway: Gateway
    tunnel: TunnelGateway
    services: list[outputs.Service] = field(default_factory=list)

    def expose(self, name: str, endpoint: Endpoint, exposure: Exposure) -> list[pulumi.Resource]:
        """Make an endpoint reachable in the way that was chosen for it; what has to be done before anyone calls."""
        self.services.append(outputs.service(name, endpoint.namespace.name, exposure))
        if isinstance(exposure, TunnelIngress):
            args = TunnelledArgs(endpoint=endpoint, route=exposure, gateway=self.tunnel)
            return [Tunnelled(name, args, opts=self.providers.opts())]
        if isinstance(exposure, TraefikRoute):
            return [self._route(name, endpoint, exposure)]
        return []

    def record(self, name: str, namespace: str, exposure: Exposure) -> None:
        """Note a service that something else makes reachable."""
        self.services.append(outputs.service(name, namespace, exposure))

    def expose_dashboard(self, name: str, route: TraefikRoute) -> None:
        """Make Traefik's own dashboard reachable: it has no Service."""
        self.services.append(outputs.service(name, self.gateway.namespace.name, route))
        self._route(name, None, route)

    def _route(self, name: str, endpoint: Endpoint | None, route: TraefikRoute) -> pulumi.Resource:
        zone = self.settings.zones[self.settings.domain_of(route.host)]
        return TraefikRouted(
            name,
            TraefikRoutedArgs(
                endpoint=endpoint,
                route=route,
                gateway=self.gateway,
                # The host's record comes with the route of its root.
                zone_id=zone.id if route.path == "/" else None,
                public_address=str(self.settings.cluster.public_address),
            ),
            opts=self.providers.opts(),
        ).ready


@dataclass(kw_only=True)
class ForwardAuthGate:
    """Authentik in front of applications that cannot ask it themselves."""

    chain: Middleware
    callback: Endpoint
    opts: pulumi.ResourceOptions
    hosts: list[ProtectedHost] = field(default_factory=list)

    def protect(self, name: str, args: ProtectedHostArgs) -> ForwardAuth:
        """Let a group into a host; the sign-in for its route."""
        self.hosts.append(ProtectedHost(name, args, opts=self.opts))
        return ForwardAuth(chain=self.chain, callback=self.callback)
