"""1Password Connect and the operator that carries vault items into the cluster."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import Secret
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.kit import (
    AllowTrafficArgs,
    ArgoProject,
    Brings,
    ChartApp,
    ChartAppArgs,
    Endpoint,
    Namespace,
    NamespaceArgs,
    Pods,
    SecretStore,
    Site,
    allow_traffic,
    internet,
    plain,
)
from components.kit import project as kinds
from components.kit.once import no_second_item
from components.kit.userinput import digest

POLLING_SECONDS: Final = 60
"""How often the operator asks Connect for changed items, in seconds; its default of 600 tries one's patience."""

CONNECT_PORT: Final = 8080
"""Port of Connect's API."""

CREDENTIALS_DIGEST: Final = "homelab/credentials-digest"
"""Annotation of pods: what they have read when they started."""

BRINGS: Final = Brings(
    namespaced=(kinds.DEPLOYMENT, kinds.SERVICE, kinds.SERVICE_ACCOUNT),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING, kinds.CRD),
)


@dataclass(frozen=True, kw_only=True)
class OnePasswordArgs:
    """The vault, and the two credentials that cannot come from it."""

    site: Site
    project: ArgoProject
    vault: str
    """Id of the vault."""
    connect_credentials: pulumi.Input[str]
    """Content of Connect's `1password-credentials.json`, as 1Password hands it out."""
    connect_token: pulumi.Input[str]
    """The operator's token for Connect."""


class OnePassword(pulumi.ComponentResource):
    """Connect, which keeps a copy of the vault in the cluster, and the operator, which makes Secrets of its items.

    Their own two credentials are the only secrets that Pulumi writes into the cluster: everything else is an
    `OnePasswordItem`, which names a path. The operator starts nothing anew for these two, so the pods carry a digest.
    """

    store: SecretStore

    def __init__(self, name: str, args: OnePasswordArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:OnePassword", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        namespace = Namespace(
            name,
            NamespaceArgs(
                pod_security="baseline",
                pod_security_reason="chart connect 2.0 sets no seccomp profile and has no value for one",
                dns_cache=args.site.dns_cache,
            ),
            opts=inside,
        )
        connect = Endpoint(
            namespace=namespace,
            service="onepassword-connect",
            port=CONNECT_PORT,
            pods={"app": "onepassword-connect"},
            pod_port=CONNECT_PORT,
        )
        # The chart's own labels: the operator's pods bear Connect's name, under another key.
        operator = Pods(namespace=namespace, labels={"name": "onepassword-connect"})
        calls = allow_traffic(
            name,
            {
                "to-1password": AllowTrafficArgs(
                    source=Pods(namespace=namespace, labels=connect.pods), target=internet(443)
                ),
                "to-api-server": AllowTrafficArgs(source=operator, target=args.site.api_server),
                "to-connect": AllowTrafficArgs(source=operator, target=connect),
            },
            parent=self,
        )
        # Connect takes the file's base64 text, over and above what a Secret does.
        credentials, token = _base64(args.connect_credentials), pulumi.Output.secret(args.connect_token)
        secrets = [
            self._secret(name, "op-credentials", namespace, {"1password-credentials.json": credentials}),
            self._secret(name, "onepassword-token", namespace, {"token": token}),
        ]
        chart = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.ONEPASSWORD_CONNECT,
                namespace=namespace,
                brings=BRINGS,
                values=_values(args.site, credentials, token),
                depends_on=[*calls, *secrets],
            ),
            opts=inside,
        )
        self.store = SecretStore(vault=args.vault, operator=chart.ready, once=no_second_item(self), home=args.site.home)
        self.register_outputs({})

    def _secret(self, name: str, secret: str, namespace: Namespace, data: Mapping[str, pulumi.Output[str]]) -> Secret:
        return Secret(
            f"{name}-{secret}",
            metadata=ObjectMetaArgs(name=secret, namespace=namespace.name),
            string_data=data,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace.resource]),
        )


def _base64(text: pulumi.Input[str]) -> pulumi.Output[str]:
    return pulumi.Output.secret(text).apply(lambda plain: base64.b64encode(plain.encode()).decode())


def _read(secret: pulumi.Output[str]) -> dict[str, pulumi.Output[str]]:
    """Annotations of the pods that read it: with another value they are others.

    The value is long and random, and no digest of ten digits leads back to it.
    """
    return {CREDENTIALS_DIGEST: pulumi.Output.unsecret(secret.apply(digest))}


def _values(site: Site, credentials: pulumi.Output[str], token: pulumi.Output[str]) -> dict[str, object]:
    return {
        "connect": {
            "podAnnotations": _read(credentials),
            "serviceType": "ClusterIP",
            "credentialsName": "op-credentials",
            "credentialsKey": "1password-credentials.json",
            "api": {"imageRepository": site.repository("1password/connect-api")},
            "sync": {"imageRepository": site.repository("1password/connect-sync")},
        },
        "operator": {
            "create": True,
            "podAnnotations": _read(token),
            "autoRestart": True,
            "pollingInterval": POLLING_SECONDS,
            "imageRepository": site.repository("1password/onepassword-operator"),
            "token": {"name": "onepassword-token", "key": "token"},
        },
        # A Pod of whatever image is the latest, for `helm test`. Argo CD runs no such hook.
        "acceptanceTests": {"enabled": False, "healthCheck": {"enabled": False}},
    }
