"""TLS at Traefik: which certificate it shows, and which protocol versions it speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import IngressController, plain

MINIMUM: Final = "VersionTLS13"
"""The oldest version that is spoken, in Traefik's words."""


@dataclass(frozen=True, kw_only=True)
class DefaultTlsArgs:
    """The certificates, the first of which is shown to callers that name no known host."""

    traefik: IngressController
    secret_names: Sequence[str]
    """TLS Secrets in Traefik's namespace."""
    issued: Sequence[pulumi.Resource] = ()
    """Done when the Secrets exist; until then Traefik would show a certificate that nobody trusts."""

    def __post_init__(self) -> None:
        if not self.secret_names:
            message = "DefaultTlsArgs.secret_names: expected at least one TLS Secret"
            raise ValueError(message)


class DefaultTls(pulumi.ComponentResource):
    """The TLSStore and the TLSOption that apply to every route which says nothing else: TLS 1.3 only.

    Both have to be called `default`: Traefik looks for that name.
    """

    store: pulumi.Resource
    """The TLSStore: done when Traefik has the certificates."""

    def __init__(self, name: str, args: DefaultTlsArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:certificates:DefaultTls", name, plain(args), opts)
        default, *others = args.secret_names
        metadata = ObjectMetaArgs(name="default", namespace=args.traefik.pods.namespace.name)
        inside = pulumi.ResourceOptions(parent=self, depends_on=[args.traefik.ready])
        self.store = CustomResource(
            f"{name}-store",
            api_version="traefik.io/v1alpha1",
            kind="TLSStore",
            metadata=metadata,
            spec={
                "defaultCertificate": {"secretName": default},
                **({"certificates": [{"secretName": secret} for secret in others]} if others else {}),
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.traefik.ready, *args.issued]),
        )
        CustomResource(
            f"{name}-options",
            api_version="traefik.io/v1alpha1",
            kind="TLSOption",
            metadata=metadata,
            spec={"minVersion": MINIMUM},
            opts=inside,
        )
        self.register_outputs({})
