"""From the tunnel to Traefik: the way in of a home that has no public address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    Ingress,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    ServiceBackendPortArgs,
)

from components.kit import IngressController, plain
from components.vocabulary import INGRESS_CLASS, PUBLIC_REASON, SIGN_IN, SignInKind

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
        namespace = args.traefik.pods.namespace
        service = IngressServiceBackendArgs(name=SERVICE, port=ServiceBackendPortArgs(number=HTTPS_PORT))
        path = HTTPIngressPathArgs(path="/", path_type="Prefix", backend=IngressBackendArgs(service=service))
        self.ready = Ingress(
            f"{name}-to-traefik",
            metadata=ObjectMetaArgs(
                name=name,
                namespace=namespace.name,
                annotations={
                    SIGN_IN: str(SignInKind.PUBLIC),
                    PUBLIC_REASON: "it leads to Traefik, whose own route asks for the sign-in",
                    f"{CONTROLLER}/backend-protocol": "https",
                    f"{CONTROLLER}/origin-server-name": args.host,
                    f"{CONTROLLER}/proxy-ssl-verify": "off",
                },
            ),
            spec=IngressSpecArgs(
                ingress_class_name=INGRESS_CLASS,
                rules=[IngressRuleArgs(host=args.host, http=HTTPIngressRuleValueArgs(paths=[path]))],
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The controller has to outlive its ingresses: it is the one to take their finalizer away.
                depends_on=[args.tunnel.ready, args.traefik.ready, namespace.resource],
            ),
        )
        self.register_outputs({})
