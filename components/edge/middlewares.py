"""The middlewares of every route, and the chain of routes that ask for no sign-in at Traefik."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.kit import IngressController, Middleware, plain
from components.kit.traefik import IDENTITY_HEADERS, chain, middleware

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
    """The Traefik that applies them."""

    traefik: IngressController


class Middlewares(pulumi.ComponentResource):
    """security-headers, compress, and the chain of routes that ask for no sign-in at Traefik."""

    security_headers: Middleware
    compress: Middleware
    public: Middleware
    """Chain: identity headers removed, security headers, compression."""

    def __init__(self, name: str, args: MiddlewaresArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Middlewares", name, plain(args), opts)
        self._traefik = args.traefik
        # Without forward auth, nothing overwrites these headers: a caller could name himself whoever he likes.
        removed = dict.fromkeys(IDENTITY_HEADERS, "")
        strip = self._middleware("strip-identity", {"headers": {"customRequestHeaders": removed}})
        self.security_headers = self._middleware("security-headers", {"headers": SECURITY_HEADERS})
        self.compress = self._middleware("compress", {"compress": {}})
        self.public = chain(
            "chain-public",
            [strip, self.security_headers, self.compress],
            traefik=args.traefik,
            parent=self,
        )
        self.register_outputs({})

    def _middleware(self, name: str, spec: Mapping[str, Any]) -> Middleware:
        return middleware(name, spec, traefik=self._traefik, parent=self)
