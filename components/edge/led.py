"""From the tunnel to Traefik: the way in of a home that has no public address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components.edge.tunnel_ingress import tunnel_ingress
from components.edge.ways_in import WaysIn
from components.kit import IngressController, plain
from components.vocabulary import PUBLIC_REASON, SIGN_IN, SignInKind

SERVICE: Final = "traefik"
"""Traefik's Service, which its chart makes."""

HTTPS_PORT: Final = 443

CONTROLLER: Final = "cloudflare-tunnel-ingress-controller.strrl.dev"
"""Prefix of the annotations that the tunnel's controller reads."""


@dataclass(frozen=True, kw_only=True)
class LedToTraefikArgs:
    """A host that Traefik routes, and the tunnel that it comes through."""

    host: str
    traefik: IngressController
    tunnel: IngressController
    ways: WaysIn


class LedToTraefik(pulumi.ComponentResource):
    """An Ingress of the tunnel's class that leads a host to Traefik, which does with it what its own route says.

    So forward auth, headers and certificates are the same as with a public address. The connector calls Traefik by TLS
    under the host's own name; whose certificate that is, it does not ask, since `staging` has none that it would trust
    and the network policies name both ends.
    """

    ready: pulumi.Resource
    """The Ingress."""

    def __init__(self, name: str, args: LedToTraefikArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:LedToTraefik", name, plain(args), opts)
        self.ready = tunnel_ingress(
            f"{name}-to-traefik",
            host=args.host,
            namespace=args.traefik.pods.namespace,
            service=SERVICE,
            port=HTTPS_PORT,
            annotations={
                SIGN_IN: str(SignInKind.PUBLIC),
                PUBLIC_REASON: "it leads to Traefik, whose own route asks for the sign-in",
                f"{CONTROLLER}/backend-protocol": "https",
                f"{CONTROLLER}/origin-server-name": args.host,
                f"{CONTROLLER}/proxy-ssl-verify": "off",
            },
            tunnel=args.tunnel,
            ways=args.ways,
            opts=pulumi.ResourceOptions(parent=self),
            object_name=name,
            depends_on=[args.traefik.ready],
        )
        self.register_outputs({})
