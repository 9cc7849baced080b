"""Forward auth as a whole, made of every host that asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi

from components.identity.forward_auth.chain import ForwardAuthChain, ForwardAuthChainArgs
from components.identity.forward_auth.hosts import ProtectedHost, ProtectedHostArgs
from components.identity.forward_auth.outpost import Outpost, OutpostArgs, outpost_endpoint
from components.identity.shared import SharedObjects
from components.kit import (
    CatalogEntry,
    Endpoint,
    ForwardAuth,
    ForwardAuthGate,
    IngressController,
    Middleware,
    Site,
    TraefikRoute,
    plain,
)


@dataclass(frozen=True, kw_only=True)
class ForwardAuthLayerArgs:
    """Everything that people open, the server that decides, and the Traefik that asks."""

    site: Site
    catalog: Sequence[CatalogEntry]
    shared: SharedObjects
    server: Endpoint
    traefik: IngressController
    security_headers: Middleware
    compress: Middleware


class ForwardAuthLayer(pulumi.ComponentResource):
    """A provider and an application for each host behind forward auth, the outpost, and what Traefik needs of it."""

    gate: ForwardAuthGate

    def __init__(self, name: str, args: ForwardAuthLayerArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:ForwardAuthLayer", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        callback = outpost_endpoint(args.server.namespace, name)
        chain = ForwardAuthChain(
            name,
            ForwardAuthChainArgs(
                traefik=args.traefik,
                security_headers=args.security_headers,
                compress=args.compress,
                outpost=callback,
            ),
            opts=inside,
        ).chain
        self.gate = ForwardAuthGate(chain=chain, callback=callback)
        hosts = [
            ProtectedHost(entry_name, host, opts=inside)
            for entry_name, host in protected_hosts(args.catalog, args.shared).items()
        ]
        Outpost(
            name,
            OutpostArgs(
                hosts=hosts,
                shared=args.shared,
                server=args.server,
                url=args.site.authentik_url,
                replicas=args.site.replicas,
            ),
            opts=inside,
        )
        self.register_outputs({})


def protected_hosts(catalog: Iterable[CatalogEntry], shared: SharedObjects) -> dict[str, ProtectedHostArgs]:
    """The hosts behind forward auth, by the entry that has the root of the host; others share its sign-in.

    Raises:
        ValueError: two groups are wanted for one host, or nobody has its root.
    """
    routes: dict[str, list[tuple[CatalogEntry, TraefikRoute, str]]] = {}
    for entry in catalog:
        exposure = entry.exposure
        if isinstance(exposure, TraefikRoute) and isinstance(exposure.sign_in, ForwardAuth):
            routes.setdefault(exposure.host, []).append((entry, exposure, exposure.sign_in.group))
    hosts: dict[str, ProtectedHostArgs] = {}
    for host, own in routes.items():
        roots = [entry for entry, route, _ in own if route.path == "/"]
        groups = sorted({group for _, _, group in own})
        if len(roots) != 1 or len(groups) != 1:
            names = ", ".join(entry.name for entry, _, _ in own)
            message = (
                f"{host} ({names}): expected one application at its root and one group for all of them, since "
                f"Authentik decides for the whole host; got {len(roots)} at the root and the groups {', '.join(groups)}"
            )
            raise ValueError(message)
        (root,) = roots
        hosts[root.name] = ProtectedHostArgs(title=root.title, host=host, group=groups[0], shared=shared)
    return hosts
