"""The certificate of a whole zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import Namespace, plain
from components.kit.userinput import name_of


@dataclass(frozen=True, kw_only=True)
class WildcardCertificateArgs:
    """A zone, and where its certificate is wanted."""

    domain: str
    issuer: str
    """Name of a ClusterIssuer."""
    issuer_ready: Sequence[pulumi.Resource]
    namespace: Namespace
    """Where the Secret is: that of the TLSStore that names it."""


class WildcardCertificate(pulumi.ComponentResource):
    """A certificate of `*.<domain>` and the domain itself, in the Secret `tls-<domain>`.

    An ECDSA key that is new at each renewal, 30 days before the 90 that Let's Encrypt gives are over.
    """

    secret_name: str

    def __init__(self, name: str, args: WildcardCertificateArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:certificates:WildcardCertificate", name, plain(args), opts)
        self.secret_name = name_of(f"tls-{args.domain}")
        CustomResource(
            name,
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=ObjectMetaArgs(
                name=self.secret_name,
                namespace=args.namespace.name,
                annotations={"pulumi.com/waitFor": "condition=Ready"},
            ),
            spec={
                "secretName": self.secret_name,
                "dnsNames": [f"*.{args.domain}", args.domain],
                "issuerRef": {"kind": "ClusterIssuer", "name": args.issuer},
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
                "renewBefore": "720h",
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.namespace.resource, *args.issuer_ready]),
        )
        self.register_outputs({"secret_name": self.secret_name})
