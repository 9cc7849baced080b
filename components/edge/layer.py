"""The layer of the edge: the two ways in from outside, and what makes a service reachable by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.edge.middlewares import Middlewares
from components.edge.published import Published, PublishedArgs
from components.edge.traefik import Traefik, TraefikArgs
from components.edge.tunnel import TunnelIngressController, TunnelIngressControllerArgs
from components.edge.ways_in import RecordOwner, WaysIn, owners
from components.kit import (
    AllowTraffic,
    AllowTrafficArgs,
    CatalogEntry,
    Endpoint,
    ForwardAuth,
    ForwardAuthGate,
    Foundation,
    IngressController,
    TraefikRoute,
    plain,
)
from components.vocabulary import ADMINS


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """The Cloudflare account, and where Traefik's own dashboard is found."""

    base: Foundation
    account_id: str
    tunnel_token: pulumi.Input[str]
    """Cloudflare API token of the tunnel's controller."""
    dashboard_host: str
    access_hosts: Sequence[str]
    """Behind Cloudflare Access. One of them may have been a host of Authentik, which is published before the others."""


class Edge(pulumi.ComponentResource):
    """Traefik behind Cloudflare's proxy, and a tunnel for what is reached without an open port at home."""

    traefik: IngressController
    https: Endpoint
    """Traefik, where it takes requests for every host."""
    middlewares: Middlewares

    def __init__(self, name: str, args: EdgeArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Edge", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self._site = args.base.site
        traefik = Traefik("traefik", TraefikArgs(site=args.base.site, project=args.base.project), opts=inside)
        self.traefik, self.https, self.middlewares = traefik.controller, traefik.https, traefik.middlewares
        tunnel = TunnelIngressController(
            "tunnel-ingress",
            TunnelIngressControllerArgs(
                site=args.base.site,
                project=args.base.project,
                store=args.base.store,
                account_id=args.account_id,
                api_token=args.tunnel_token,
            ),
            opts=inside,
        )
        self._tunnel = tunnel.controller
        self._ways = WaysIn(self)
        self._ways.settle("access", ((host, RecordOwner.PROGRAM) for host in args.access_hosts))
        if self._site.public_address is None:
            self._permit_from_tunnel(tunnel.controller)
        args.base.contributions.secrets.add(tunnel.secret)
        args.base.contributions.metrics.add(traefik.metrics, tunnel.metrics)
        args.base.contributions.catalog.add(
            CatalogEntry(
                name="traefik",
                title="Traefik",
                description="The dashboard of the way in: routes, and who answers them.",
                namespace=self.traefik.pods.namespace,
                endpoint=None,
                exposure=TraefikRoute(host=args.dashboard_host, sign_in=ForwardAuth(group=ADMINS)),
            )
        )
        self.register_outputs({})

    def _permit_from_tunnel(self, tunnel: IngressController) -> None:
        """Where there is no public address, the tunnel leads Traefik's hosts to Traefik."""
        call = AllowTrafficArgs(source=tunnel.pods, target=self.https)
        AllowTraffic("traefik-from-tunnel", call, opts=pulumi.ResourceOptions(parent=self))

    def publish(self, entry: CatalogEntry, gate: ForwardAuthGate | None = None) -> pulumi.Resource:
        """Make an entry reachable in the way that it chose; what has to be done before anyone calls."""
        return self._publish(entry.name, [entry], gate)[0]

    def publish_all(self, catalog: Sequence[CatalogEntry], gate: ForwardAuthGate | None = None) -> None:
        """Make entries reachable that may have taken each other's hosts."""
        self._publish("catalog", catalog, gate)

    def _publish(
        self, stage: str, entries: Sequence[CatalogEntry], gate: ForwardAuthGate | None
    ) -> list[pulumi.Resource]:
        self._ways.settle(stage, (pair for entry in entries for pair in owners(entry.exposure, self._site).items()))
        return [self._published(entry, gate).ready for entry in entries]

    def _published(self, entry: CatalogEntry, gate: ForwardAuthGate | None) -> Published:
        return Published(
            entry.name,
            PublishedArgs(
                site=self._site,
                entry=entry,
                traefik=self.traefik,
                public_chain=self.middlewares.public,
                tunnel=self._tunnel,
                ways=self._ways,
                gate=gate,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
