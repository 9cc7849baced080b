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
    AllowTrafficArgs,
    ArgoProject,
    Brings,
    ChartApp,
    ChartAppArgs,
    Endpoint,
    MetricsTarget,
    Namespace,
    NamespaceArgs,
    Pods,
    SecretKey,
    SecretStore,
    Site,
    SyncedSecret,
    Value,
    allow_traffic,
    budget,
    internet,
    plain,
    spread,
    synced_item,
)
from components.kit import project as kinds

DIRECTORIES: Final = {
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "production": "https://acme-v02.api.letsencrypt.org/directory",
}
"""Let's Encrypt's ACME directories, from its documentation."""

RESOLVERS: Final = ("1.1.1.1:53", "8.8.8.8:53")
"""Public resolvers: whether the challenge is visible is asked out there, as the cluster's DNS may have its own view."""

WEBHOOK_PODS: Final = {"app.kubernetes.io/name": "webhook"}
WEBHOOK_PORT: Final = 10250
METRICS_PORT: Final = 9402
"""Of each of its three parts."""


BRINGS: Final = Brings(
    # The Job is a hook that asks the webhook once, after the installation.
    namespaced=(
        kinds.DEPLOYMENT,
        kinds.DISRUPTION_BUDGET,
        kinds.JOB,
        kinds.ROLE,
        kinds.ROLE_BINDING,
        kinds.SERVICE,
        kinds.SERVICE_ACCOUNT,
    ),
    cluster_wide=(
        kinds.CLUSTER_ROLE,
        kinds.CLUSTER_ROLE_BINDING,
        kinds.CRD,
        kinds.MUTATING_WEBHOOK,
        kinds.VALIDATING_WEBHOOK,
    ),
    # Roles for the election of a leader, whose lease is there.
    also_into=("kube-system",),
)


@dataclass(frozen=True, kw_only=True)
class CertManagerArgs:
    """What cert-manager needs to prove that the zones are ours."""

    site: Site
    project: ArgoProject
    store: SecretStore
    email: str
    dns_token: pulumi.Input[str]
    """Cloudflare API token that may edit the zones' DNS and nothing else."""


class CertManager(pulumi.ComponentResource):
    """cert-manager with a ClusterIssuer for Let's Encrypt's staging and one for its production service."""

    secret: SyncedSecret
    """The Cloudflare token."""
    issuers: dict[str, str]
    """Names of the ClusterIssuers by `staging` and `production`."""
    running: pulumi.Resource
    """Done when there can be Issuers and Certificates of any kind."""
    ready: Sequence[pulumi.Resource]
    """The issuers: a Certificate depends on them."""
    metrics: MetricsTarget

    def __init__(self, name: str, args: CertManagerArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:certificates:CertManager", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(name, NamespaceArgs(dns_cache=args.site.dns_cache), opts=inside)
        calls = self._calls(name, namespace, args)
        chart = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.CERT_MANAGER,
                namespace=namespace,
                brings=BRINGS,
                values=_values(args),
                depends_on=calls,
            ),
            opts=inside,
        )
        self.running = chart.ready
        parts = Pods(namespace=namespace, labels={"app.kubernetes.io/instance": name})
        # Of certificates, each with the namespace that it is in.
        self.metrics = MetricsTarget(name=name, pods=parts, port=METRICS_PORT, honor_labels=True)
        self.secret = synced_item(
            f"{name}-cloudflare",
            store=args.store,
            namespace=namespace,
            fields={"api-token": Value(value=args.dns_token)},
            parent=self,
        )
        token = self.secret.key("api-token")
        self.issuers = {stage: f"letsencrypt-{stage}" for stage in DIRECTORIES}
        self.ready = [
            CustomResource(
                f"{name}-{stage}",
                api_version="cert-manager.io/v1",
                kind="ClusterIssuer",
                metadata=ObjectMetaArgs(name=issuer, annotations={"pulumi.com/waitFor": "condition=Ready"}),
                spec=_issuer(issuer, DIRECTORIES[stage], args, token),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[self.running, token.synced]),
            )
            for stage, issuer in self.issuers.items()
        ]
        self.register_outputs({})

    def _calls(self, name: str, namespace: Namespace, args: CertManagerArgs) -> list[pulumi.Resource]:
        # The controller alone proves and asks; webhook, CA injector and start-up check talk to the API server only.
        controller = Pods(namespace=namespace, labels={"app.kubernetes.io/name": "cert-manager"})
        webhook = Endpoint(
            namespace=namespace, service=f"{name}-webhook", port=443, pods=WEBHOOK_PODS, pod_port=WEBHOOK_PORT
        )
        permitted: dict[str, AllowTrafficArgs] = {
            "to-acme": AllowTrafficArgs(source=controller, target=internet(443)),
            "to-resolvers": AllowTrafficArgs(source=controller, target=internet(53, protocol="UDP")),
            "to-resolvers-tcp": AllowTrafficArgs(source=controller, target=internet(53)),
            "to-api-server": AllowTrafficArgs(source=Pods(namespace=namespace), target=args.site.api_server),
            "webhook": AllowTrafficArgs(source=args.site.api_server_callers(), target=webhook),
        }
        return allow_traffic(name, permitted, parent=self)


def _values(args: CertManagerArgs) -> dict[str, Any]:
    site = args.site
    # Only the part that answers the API server has to survive a node: the others work in the background.
    values: dict[str, Any] = {
        "crds": {"enabled": True, "keep": True},
        "webhook": {
            "replicaCount": site.replicas,
            "podDisruptionBudget": budget(site.replicas),
            "topologySpreadConstraints": spread(WEBHOOK_PODS),
        },
        "dns01RecursiveNameservers": ",".join(RESOLVERS),
        "dns01RecursiveNameserversOnly": True,
        "enableCertificateOwnerRef": False,
    }
    if site.registry_mirror:
        for part, image in {
            "": "controller",
            "webhook": "webhook",
            "cainjector": "cainjector",
            "startupapicheck": "startupapicheck",
        }.items():
            section = values.setdefault(part, {}) if part else values
            section["image"] = {"repository": site.repository(f"quay.io/jetstack/cert-manager-{image}")}
    return values


def _issuer(name: str, directory: str, args: CertManagerArgs, token: SecretKey) -> dict[str, Any]:
    return {
        "acme": {
            "email": args.email,
            "server": directory,
            "privateKeySecretRef": {"name": f"{name}-account"},
            "solvers": [
                {
                    "selector": {"dnsZones": list(args.site.zones)},
                    "dns01": {"cloudflare": {"apiTokenSecretRef": {"name": token.secret, "key": token.key}}},
                }
            ],
        }
    }
