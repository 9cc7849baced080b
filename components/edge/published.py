"""From an entry of the catalog to what makes it reachable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

import pulumi

from components.edge.led import LedToTraefik, LedToTraefikArgs
from components.edge.routes import TraefikRouted, TraefikRoutedArgs, Tunnelled, TunnelledArgs
from components.edge.ways_in import WaysIn
from components.kit import (
    AccessIngress,
    CatalogEntry,
    ForwardAuthGate,
    IngressController,
    Internal,
    Middleware,
    Site,
    TraefikRoute,
    TunnelIngress,
    plain,
)
from components.kit.cloudflare import DnsRecord

AUTOMATIC_TTL: Final = 1
"""What Cloudflare wants for proxied records: it chooses the time to live itself."""


@dataclass(frozen=True, kw_only=True)
class PublishedArgs:
    """An entry of the catalog, and the ways in that there are."""

    site: Site
    entry: CatalogEntry
    traefik: IngressController
    public_chain: Middleware
    tunnel: IngressController
    ways: WaysIn
    """They know the entry's host."""
    gate: ForwardAuthGate | None = None


class Published(pulumi.ComponentResource):
    """The route of an entry and the DNS record of its host.

    A record is known by its host, whoever uses that: two applications may swap theirs, one may take another's, and a
    host may change between Traefik, Access and the tunnel, without two records of one name at any time. The tunnel's
    controller makes the records of its hosts by itself (without a public address these are the hosts of Traefik too):
    `ways` has the old record go before the new one comes, whose ever they are.
    """

    ready: pulumi.Resource
    """Done when requests for it are answered."""

    def __init__(self, name: str, args: PublishedArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Published", name, plain(args), opts)
        self._args = args
        entry, exposure = args.entry, args.entry.exposure
        match exposure:
            case TraefikRoute():
                records = self._way_in(name, exposure)
                self.ready = TraefikRouted(
                    name,
                    TraefikRoutedArgs(
                        namespace=entry.namespace,
                        endpoint=entry.endpoint,
                        route=exposure,
                        traefik=args.traefik,
                        public_chain=args.public_chain,
                        gate=args.gate,
                        wait_for=records,
                    ),
                    opts=pulumi.ResourceOptions(parent=self),
                ).ready
            case TunnelIngress():
                if entry.endpoint is None:
                    message = f"{entry.name}: expected an endpoint for the tunnel to lead to"
                    raise ValueError(message)
                # The tunnel's controller makes the record itself.
                self.ready = Tunnelled(
                    name,
                    TunnelledArgs(endpoint=entry.endpoint, route=exposure, tunnel=args.tunnel, ways=args.ways),
                    opts=pulumi.ResourceOptions(parent=self),
                ).ready
            case AccessIngress():
                tunnel = pulumi.Output.concat(exposure.tunnel_id, ".cfargotunnel.com")
                self.ready = self._record(exposure.host, "CNAME", tunnel)
            case Internal():
                self.ready = self
            case _:
                assert_never(exposure)
        self.register_outputs({})

    def _way_in(self, name: str, route: TraefikRoute) -> list[pulumi.Resource]:
        """What leads requests for a host to Traefik."""
        if route.path != "/":
            return []  # an application that shares another one's host shares its way in too
        address = self._args.site.public_address
        if address is None:
            args = LedToTraefikArgs(
                host=route.host, traefik=self._args.traefik, tunnel=self._args.tunnel, ways=self._args.ways
            )
            return [LedToTraefik(name, args, opts=pulumi.ResourceOptions(parent=self)).ready]
        return [self._record(route.host, "A" if address.version == 4 else "AAAA", str(address))]

    def _record(self, host: str, kind: str, content: pulumi.Input[str]) -> DnsRecord:
        return DnsRecord(
            host,
            zone_id=self._args.site.zone_id(host),
            name=host,
            type=kind,
            content=content,
            proxied=True,
            ttl=AUTOMATIC_TTL,
            comment=self._args.site.home.mark,
            opts=pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), self._args.ways.of(host)),
        )
