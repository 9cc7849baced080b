"""The certificate of a whole zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.kit import Namespace, plain
from components.kit.userinput import name_of
from components.summaries import CertificateSummary

RENEW_BEFORE: Final = "720h"
"""Of the 90 days that Let's Encrypt gives."""


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

    An ECDSA key that is new at each renewal, `RENEW_BEFORE` the certificate's end.
    """

    secret_name: str
    summary: CertificateSummary

    def __init__(self, name: str, args: WildcardCertificateArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:certificates:WildcardCertificate", name, plain(args), opts)
        self.secret_name = name_of(f"tls-{args.domain}")
        self.summary = CertificateSummary(
            namespace=args.namespace.name,
            name=self.secret_name,
            names=[f"*.{args.domain}", args.domain],
            issuer=args.issuer,
            renew_before=RENEW_BEFORE,
        )
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
                "dnsNames": list(self.summary.names),
                "issuerRef": {"kind": "ClusterIssuer", "name": args.issuer},
                "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
                "renewBefore": RENEW_BEFORE,
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[args.namespace.resource, *args.issuer_ready]),
        )
        self.register_outputs({"secret_name": self.secret_name})
