"""cert-manager and its two issuers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.kit import (
    Addresses,
    ChartApp,
    ChartAppArgs,
    ConnectionArgs,
    Delivery,
    Endpoint,
    Given,
    Namespace,
    NamespaceArgs,
    Pods,
    SecretKey,
    SecretStore,
    SyncedSecret,
    SyncedSecretArgs,
    VaultItem,
    VaultItemArgs,
    connections,
    internet,
)

DIRECTORIES: Final = {
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "production": "https://acme-v02.api.letsencrypt.org/directory",
}
"""Let's Encrypt's ACME directories, from its documentation."""

RESOLVERS: Final = ("1.1.1.1:53", "8.8.8.8:53")
"""Public resolvers: whether the challenge is visible is asked out there, as the cluster's DNS may have its own view."""


@dataclass(frozen=True, kw_only=True)
class CertManagerArgs:
    """What cert-manager needs to prove that the zones are ours."""

    delivery: Delivery
    store: SecretStore
    zones: Sequence[str]
    """Domains whose records the token may change."""
    email: str
    dns_token: pulumi.Input[str]
    """Cloudflare API token that may edit the zones' DNS and nothing else."""
    api_server: Addresses
    replicas: int = 1
    registry_mirror: str | None = None


class CertManager(pulumi.ComponentResource):
    """cert-manager with a ClusterIssuer for Let's Encrypt's staging and one for its production service."""

    secret: SyncedSecret
    """The Cloudflare token."""
    issuers: dict[str, str]
    """Names of the ClusterIssuers by `staging` and `production`."""
    ready: Sequence[pulumi.Resource]
    """The issuers: a Certificate depends on them."""

    def __init__(self, name: str, args: CertManagerArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:certificates:CertManager", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(name, NamespaceArgs(), opts=inside)
        calls = self._connections(name, namespace, args)
        chart = ChartApp(
            name,
            ChartAppArgs(
                delivery=args.delivery,
                chart=versions.CERT_MANAGER,
                namespace=namespace,
                values=_values(args),
                depends_on=calls,
            ),
            opts=inside,
        )
        item = VaultItem(
            f"{name}-cloudflare",
            VaultItemArgs(store=args.store, fields={"api-token": Given(value=args.dns_token)}),
            opts=inside,
        )
        self.secret = SyncedSecret(f"{name}-cloudflare", SyncedSecretArgs(namespace=namespace, item=item), opts=inside)
        token = self.secret.key("api-token")
        self.issuers = {stage: f"letsencrypt-{stage}" for stage in DIRECTORIES}
        self.ready = [
            CustomResource(
                f"{name}-{stage}",
                api_version="cert-manager.io/v1",
                kind="ClusterIssuer",
                metadata=ObjectMetaArgs(name=issuer, annotations={"pulumi.com/waitFor": "condition=Ready"}),
                spec=_issuer(issuer, DIRECTORIES[stage], args, token),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[chart.ready, token.synced]),
            )
            for stage, issuer in self.issuers.items()
        ]
        self.register_outputs({})

    def _connections(self, name: str, namespace: Namespace, args: CertManagerArgs) -> list[pulumi.Resource]:
        pods = Pods(namespace=namespace)
        webhook = Endpoint(
            namespace=namespace,
            service=f"{name}-webhook",
            port=443,
            pods={"app.kubernetes.io/name": "webhook"},
            pod_port=10250,
        )
        nodes = Addresses(cidrs=args.api_server.cidrs, ports=[])
        permitted: dict[str, ConnectionArgs] = {
            "to-acme": ConnectionArgs(source=pods, target=internet(443)),
            "to-resolvers": ConnectionArgs(source=pods, target=internet(53, protocol="UDP")),
            "to-resolvers-tcp": ConnectionArgs(source=pods, target=internet(53)),
            "to-api-server": ConnectionArgs(source=pods, target=args.api_server),
            "webhook": ConnectionArgs(source=nodes, target=webhook),
        }
        return connections(name, permitted, parent=self)


def _values(args: CertManagerArgs) -> dict[str, Any]:
    # Only the part that answers the API server has to survive a node: the others work in the background.
    values: dict[str, Any] = {
        "crds": {"enabled": True, "keep": True},
        "webhook": {
            "replicaCount": args.replicas,
            "podDisruptionBudget": {"enabled": args.replicas > 1, "maxUnavailable": 1},
        },
        "dns01RecursiveNameservers": ",".join(RESOLVERS),
        "dns01RecursiveNameserversOnly": True,
        "enableCertificateOwnerRef": False,
    }
    if args.registry_mirror:
        for part, image in {
            "": "controller",
            "webhook": "webhook",
            "cainjector": "cainjector",
            "startupapicheck": "startupapicheck",
        }.items():
            section = values.setdefault(part, {}) if part else values
            section["image"] = {
                "repository": versions.mirrored(f"quay.io/jetstack/cert-manager-{image}", args.registry_mirror)
            }
    return values


def _issuer(name: str, directory: str, args: CertManagerArgs, token: SecretKey) -> dict[str, Any]:
    return {
        "acme": {
            "email": args.email,
            "server": directory,
            "privateKeySecretRef": {"name": f"{name}-account"},
            "solvers": [
                {
                    "selector": {"dnsZones": list(args.zones)},
                    "dns01": {"cloudflare": {"apiTokenSecretRef": {"name": token.secret, "key": token.key}}},
                }
            ],
        }
    }
