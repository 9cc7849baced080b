"""Traefik's middlewares, and the two chains that routes choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.edge.gateway import Gateway
from components.kit import Connection, ConnectionArgs, Endpoint, Middleware, Namespace

IDENTITY_HEADERS: Final = (
    "X-authentik-username",
    "X-authentik-groups",
    "X-authentik-entitlements",
    "X-authentik-email",
    "X-authentik-name",
    "X-authentik-uid",
    "X-authentik-jwt",
    "X-authentik-meta-jwks",
    "X-authentik-meta-outpost",
    "X-authentik-meta-provider",
    "X-authentik-meta-app",
    "X-authentik-meta-version",
)
"""By these, Authentik's outpost tells an application who is calling; names from Authentik's Traefik documentation."""

CALLBACK_PATH: Final = "/outpost.goauthentik.io/"
"""Where the outpost answers on each protected host."""

YEAR_SECONDS: Final = 31_536_000

SECURITY_HEADERS: Final[Mapping[str, Any]] = {
    "stsSeconds": YEAR_SECONDS,
    "stsIncludeSubdomains": True,
    "contentTypeNosniff": True,
    "customFrameOptionsValue": "SAMEORIGIN",
    "referrerPolicy": "strict-origin-when-cross-origin",
    "permissionsPolicy": "camera=(), geolocation=(), microphone=(), payment=()",
    "customResponseHeaders": {"Server": "", "X-Powered-By": ""},
}
"""An empty response header is removed by Traefik."""


@dataclass(frozen=True, kw_only=True)
class MiddlewaresArgs:
    """Where the middlewares are, and who has to be there first."""

    namespace: Namespace
    ready: pulumi.Resource
    """Done when Traefik's CRDs exist."""


class Middlewares(pulumi.ComponentResource):
    """security-headers, compress, and the chain of routes that ask for no sign-in at Traefik."""

    public: Middleware
    """Chain: identity headers removed, security headers, compression."""

    def __init__(self, name: str, args: MiddlewaresArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Middlewares", name, None, opts)
        self._args = args
        # Without forward auth, nothing overwrites these headers: a caller could name himself whoever he likes.
        strip = self._middleware(
            "strip-identity", {"headers": {"customRequestHeaders": dict.fromkeys(IDENTITY_HEADERS, "")}}
        )
        headers = self._middleware("security-headers", {"headers": SECURITY_HEADERS})
        compress = self._middleware("compress", {"compress": {}})
        self.public = self._middleware("chain-public", _chain([strip, headers, compress]))
        self.register_outputs({})

    def _middleware(self, name: str, spec: Mapping[str, Any]) -> Middleware:
        return middleware(self, name, self._args.namespace, spec, self._args.ready)


@dataclass(frozen=True, kw_only=True)
class ForwardAuthChainArgs:
    """Authentik's outpost, as Traefik calls it."""

    gateway: Gateway
    outpost: Endpoint


class ForwardAuthChain(pulumi.ComponentResource):
    """The chain of routes behind Authentik: security headers, forward auth, compression.

    Traefik replaces the identity headers of a request by those of Authentik's answer.
    """

    chain: Middleware

    def __init__(self, name: str, args: ForwardAuthChainArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:ForwardAuthChain", name, None, opts)
        namespace, ready = args.gateway.namespace, args.gateway.ready
        address = f"{args.outpost.url}{CALLBACK_PATH}auth/traefik"
        forward_auth = middleware(
            self,
            name,
            namespace,
            {
                "forwardAuth": {
                    "address": address,
                    "trustForwardHeader": True,
                    "authResponseHeaders": list(IDENTITY_HEADERS),
                }
            },
            ready,
        )
        headers, compress = (Middleware(namespace=namespace, name=item) for item in ("security-headers", "compress"))
        self.chain = middleware(
            self, "chain-authenticated", namespace, _chain([headers, forward_auth, compress]), ready
        )
        Connection(
            f"{name}-from-traefik",
            ConnectionArgs(source=args.gateway.pods, target=args.outpost),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def middleware(
    parent: pulumi.Resource, name: str, namespace: Namespace, spec: Mapping[str, Any], ready: pulumi.Resource
) -> Middleware:
    """Declare one Middleware and refer to it."""
    CustomResource(
        name,
        api_version="traefik.io/v1alpha1",
        kind="Middleware",
        metadata=ObjectMetaArgs(name=name, namespace=namespace.name),
        spec=spec,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[ready]),
    )
    return Middleware(namespace=namespace, name=name)


def _chain(middlewares: Sequence[Middleware]) -> dict[str, Any]:
    return {"chain": {"middlewares": [reference(item) for item in middlewares]}}


def reference(item: Middleware) -> dict[str, str]:
    """How a route or a chain names a middleware."""
    return {"name": item.name, "namespace": item.namespace.name}
