"""The Authentik server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.kit import (
    AllowTrafficArgs,
    ArgoProject,
    Brings,
    ChartApp,
    ChartAppArgs,
    Database,
    DatabaseRequest,
    Endpoint,
    Generated,
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
    plain,
    spread,
    synced_item,
)
from components.kit import project as kinds
from components.settings import ClusterSettings

USER: Final = 1000
"""User id that the image is made for."""

RESTRICTED: Final = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""Container security context; the chart sets none by itself."""

SERVER_PODS: Final = {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "server"}
WORKER_PODS: Final = {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "worker"}
METRICS_PORT: Final = 9300
"""Of both, for nothing but metrics."""

DATABASE: Final = {
    "AUTHENTIK_POSTGRESQL__HOST": "host",
    "AUTHENTIK_POSTGRESQL__PORT": "port",
    "AUTHENTIK_POSTGRESQL__NAME": "dbname",
    "AUTHENTIK_POSTGRESQL__USER": "username",
    "AUTHENTIK_POSTGRESQL__PASSWORD": "password",
}
"""What Authentik reads of its database, by the names of its variables."""

BRINGS: Final = Brings(
    namespaced=(
        kinds.DEPLOYMENT,
        kinds.DISRUPTION_BUDGET,
        kinds.ROLE,
        kinds.ROLE_BINDING,
        kinds.SECRET,
        kinds.SERVICE,
        kinds.SERVICE_ACCOUNT,
    ),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING),
)


@dataclass(frozen=True, kw_only=True)
class AuthentikArgs:
    """How the server is delivered, and the token that both it and this program know beforehand."""

    site: Site
    project: ArgoProject
    store: SecretStore
    database: Callable[[DatabaseRequest, pulumi.Resource], Database]
    """Makes its database, below the given parent."""
    database_settings: ClusterSettings
    bootstrap_token: pulumi.Input[str]
    """API token of the first administrator: the server takes it at its very first start only."""
    administrator_email: str


class Authentik(pulumi.ComponentResource):
    """Authentik's server, its workers and their database.

    The keys it starts with are an item in 1Password. The password of `akadmin`, its first administrator, is there too:
    that is the way in when everything else fails.
    """

    namespace: Namespace
    endpoint: Endpoint
    ready: pulumi.Resource
    """Done when the server answers inside the cluster."""
    secret: SyncedSecret
    metrics: Sequence[MetricsTarget]

    def __init__(self, name: str, args: AuthentikArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:Authentik", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.namespace = Namespace(name, NamespaceArgs(holds_data=True, dns_cache=args.site.dns_cache), opts=inside)
        self.secret = synced_item(
            name,
            store=args.store,
            namespace=self.namespace,
            fields={
                "secret-key": Generated(length=50),
                # In the database for good, from the server's very first start on.
                "bootstrap-password": Generated(length=32, lasting=True),
                "bootstrap-token": Value(value=args.bootstrap_token),
            },
            parent=self,
        )
        self.endpoint = Endpoint(
            namespace=self.namespace, service=f"{name}-server", port=80, pods=SERVER_PODS, pod_port=9000
        )
        self.metrics = [
            MetricsTarget(name=f"{name}-{part}", pods=Pods(namespace=self.namespace, labels=labels), port=METRICS_PORT)
            for part, labels in {"server": SERVER_PODS, "worker": WORKER_PODS}.items()
        ]
        database = args.database(
            DatabaseRequest(name=name, namespace=self.namespace, settings=args.database_settings), self
        )
        calls = self._calls(name, args.site, database.endpoint)
        self.ready = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.AUTHENTIK,
                namespace=self.namespace,
                brings=BRINGS,
                values=_values(args, self.secret, database),
                depends_on=[self.secret, database.ready, *calls],
            ),
            opts=inside,
        ).ready
        self.register_outputs({})

    def _calls(self, name: str, site: Site, database: Endpoint) -> list[pulumi.Resource]:
        """Server and workers meet in the database only, and none of them has anything to ask of the internet."""
        server, worker = (Pods(namespace=self.namespace, labels=labels) for labels in (SERVER_PODS, WORKER_PODS))
        permitted: dict[str, AllowTrafficArgs] = {
            # The workers deploy the outposts.
            "worker-to-api-server": AllowTrafficArgs(source=worker, target=site.api_server),
            "server-to-database": AllowTrafficArgs(source=server, target=database),
            "worker-to-database": AllowTrafficArgs(source=worker, target=database),
        }
        return allow_traffic(name, permitted, parent=self)


def _values(args: AuthentikArgs, secret: SyncedSecret, database: Database) -> dict[str, Any]:
    environment: dict[str, pulumi.Input[str] | SecretKey] = {
        "AUTHENTIK_SECRET_KEY": secret.key("secret-key"),
        "AUTHENTIK_BOOTSTRAP_PASSWORD": secret.key("bootstrap-password"),
        "AUTHENTIK_BOOTSTRAP_TOKEN": secret.key("bootstrap-token"),
        **{variable: database.value(key) for variable, key in DATABASE.items()},
        "AUTHENTIK_BOOTSTRAP_EMAIL": args.administrator_email,
        "AUTHENTIK_DISABLE_UPDATE_CHECK": "true",
        "AUTHENTIK_DISABLE_STARTUP_ANALYTICS": "true",
        "AUTHENTIK_ERROR_REPORTING__ENABLED": "false",
    }
    site = args.site
    scaled = {
        "replicas": site.replicas,
        "pdb": budget(site.replicas),
        "containerSecurityContext": RESTRICTED,
    }
    return {
        "global": {
            "image": {"repository": site.repository("ghcr.io/goauthentik/server")},
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "env": [_variable(name, value) for name, value in environment.items()],
        },
        "authentik": {
            "outposts": {"container_image_base": site.repository("ghcr.io/goauthentik/%(type)s:%(version)s")}
        },
        "server": {**scaled, "topologySpreadConstraints": spread(SERVER_PODS)},
        "worker": {**scaled, "topologySpreadConstraints": spread(WORKER_PODS)},
        # Its own would be neither archived nor restored, and its pods may not be had for ever.
        "postgresql": {"enabled": False},
    }


def _variable(name: str, value: pulumi.Input[str] | SecretKey) -> dict[str, Any]:
    if isinstance(value, SecretKey):
        return {"name": name, "valueFrom": {"secretKeyRef": {"name": value.secret, "key": value.key}}}
    return {"name": name, "value": value}
