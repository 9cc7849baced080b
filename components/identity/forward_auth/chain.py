"""What Traefik does with a request behind forward auth."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.kit import AllowTraffic, AllowTrafficArgs, Endpoint, IngressController, Middleware, plain
from components.kit.traefik import IDENTITY_HEADERS, chain, middleware
from components.vocabulary import OUTPOST_PATH


@dataclass(frozen=True, kw_only=True)
class ForwardAuthChainArgs:
    """Traefik, what it applies to every route, and Authentik's outpost as it calls it."""

    traefik: IngressController
    security_headers: Middleware
    compress: Middleware
    outpost: Endpoint


class ForwardAuthChain(pulumi.ComponentResource):
    """The chain of routes behind Authentik: security headers, forward auth, compression.

    Traefik replaces the identity headers of a request by those of Authentik's answer.
    """

    chain: Middleware

    def __init__(self, name: str, args: ForwardAuthChainArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:ForwardAuthChain", name, plain(args), opts)
        spec = {
            "forwardAuth": {
                "address": f"{args.outpost.url}{OUTPOST_PATH}auth/traefik",
                # A proxy that is trusted with a visitor's address hands on whatever host a visitor claims to have asked
                # for: believed, a session of one host would open all of them.
                "trustForwardHeader": False,
                "authResponseHeaders": list(IDENTITY_HEADERS),
            }
        }
        ask = middleware("authentik-forward-auth", spec, traefik=args.traefik, parent=self)
        self.chain = chain(
            "chain-authenticated", [args.security_headers, ask, args.compress], traefik=args.traefik, parent=self
        )
        AllowTraffic(
            f"{name}-from-traefik",
            AllowTrafficArgs(source=args.traefik.pods, target=args.outpost),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
