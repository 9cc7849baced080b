"""The layer of certificates: one for each zone, and Traefik's use of them."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.certificates.certmanager import CertManager, CertManagerArgs
from components.certificates.tls import MINIMUM, DefaultTls, DefaultTlsArgs
from components.certificates.wildcard import WildcardCertificate, WildcardCertificateArgs
from components.kit import Foundation, IngressController, plain
from components.settings import Acme
from components.summaries import Figure


@dataclass(frozen=True, kw_only=True)
class CertificatesArgs:
    """The account that certificates are ordered with, and the Traefik that shows them."""

    base: Foundation
    acme: Acme
    dns_token: pulumi.Input[str]
    """Cloudflare API token that may edit the zones' DNS and nothing else."""
    traefik: IngressController


class Certificates(pulumi.ComponentResource):
    """cert-manager, a wildcard certificate of each zone, and TLS at Traefik."""

    ready: pulumi.Resource
    """Done when Traefik has a certificate for every zone."""
    cert_manager: pulumi.Resource
    """Done when there can be Issuers and Certificates of any kind."""

    def __init__(self, name: str, args: CertificatesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:certificates:Certificates", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        cert_manager = CertManager(
            "cert-manager",
            CertManagerArgs(
                site=args.base.site,
                project=args.base.project,
                store=args.base.store,
                email=args.acme.email,
                dns_token=args.dns_token,
            ),
            opts=inside,
        )
        self.cert_manager = cert_manager.running
        args.base.contributions.secrets.add(cert_manager.secret)
        args.base.contributions.metrics.add(cert_manager.metrics)
        wildcards = [
            WildcardCertificate(
                f"wildcard-{domain}",
                WildcardCertificateArgs(
                    domain=domain,
                    issuer=cert_manager.issuers[args.acme.issuer],
                    issuer_ready=cert_manager.ready,
                    namespace=args.traefik.pods.namespace,
                ),
                opts=inside,
            )
            for domain in args.base.site.zones
        ]
        args.base.contributions.certificates.add(*(item.summary for item in wildcards))
        args.base.contributions.figures.add(Figure(name="tls-minimum", value=MINIMUM.removeprefix("VersionTLS")))
        tls = DefaultTlsArgs(
            traefik=args.traefik, secret_names=[item.secret_name for item in wildcards], issued=wildcards
        )
        self.ready = DefaultTls("default-tls", tls, opts=inside).store
        self.register_outputs({})
