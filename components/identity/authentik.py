"""The Authentik server."""

from __future__ import annotations

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
    Endpoint,
    Generated,
    LocalStorage,
    Namespace,
    NamespaceArgs,
    Pods,
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

USER: Final = 1000
"""User id that the image is made for."""

RESTRICTED: Final = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
"""Container security context; the chart sets none by itself."""

SERVER_PODS: Final = {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "server"}
WORKER_PODS: Final = {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "worker"}
DATABASE_PODS: Final = {"app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "primary"}
DATABASE_PORT: Final = 5432


BRINGS: Final = Brings(
    namespaced=(
        kinds.CONFIG_MAP,
        kinds.DEPLOYMENT,
        kinds.DISRUPTION_BUDGET,
        kinds.ROLE,
        kinds.ROLE_BINDING,
        kinds.SECRET,
        kinds.SERVICE,
        kinds.SERVICE_ACCOUNT,
        kinds.STATEFUL_SET,
    ),
    cluster_wide=(kinds.CLUSTER_ROLE, kinds.CLUSTER_ROLE_BINDING),
)


@dataclass(frozen=True, kw_only=True)
class AuthentikArgs:
    """How the server is delivered, and the token that both it and this program know beforehand."""

    site: Site
    project: ArgoProject
    store: SecretStore
    storage: LocalStorage
    """For the database, since PostgreSQL loses data on NFS."""
    bootstrap_token: pulumi.Input[str]
    """API token of the first administrator: the server takes it at its very first start only."""
    administrator_email: str


class Authentik(pulumi.ComponentResource):
    """Authentik's server, its workers and their PostgreSQL.

    The keys it starts with are an item in 1Password. The password of `akadmin`, its first administrator, is there too:
    that is the way in when everything else fails.
    """

    namespace: Namespace
    endpoint: Endpoint
    ready: pulumi.Resource
    """Done when the server answers inside the cluster."""
    secret: SyncedSecret

    def __init__(self, name: str, args: AuthentikArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:identity:Authentik", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        # The database's volume is in it: it outlives the chart, as volumes of a StatefulSet do.
        self.namespace = Namespace(name, NamespaceArgs(holds_data=True, dns_cache=args.site.dns_cache), opts=inside)
        self.secret = synced_item(
            name,
            store=args.store,
            namespace=self.namespace,
            fields={
                "secret-key": Generated(length=50),
                "postgresql-password": Generated(),
                "bootstrap-password": Generated(length=32),
                "bootstrap-token": Value(value=args.bootstrap_token),
            },
            parent=self,
        )
        self.endpoint = Endpoint(
            namespace=self.namespace, service=f"{name}-server", port=80, pods=SERVER_PODS, pod_port=9000
        )
        calls = self._calls(name, args.site)
        self.ready = ChartApp(
            name,
            ChartAppArgs(
                project=args.project,
                chart=versions.AUTHENTIK,
                namespace=self.namespace,
                brings=BRINGS,
                values=_values(args, self.secret),
                depends_on=[self.secret, args.storage.resource, *calls],
            ),
            opts=inside,
        ).ready
        self.register_outputs({})

    def _calls(self, name: str, site: Site) -> list[pulumi.Resource]:
        """Server and workers meet in the database only, and none of them has anything to ask of the internet."""
        server, worker = (Pods(namespace=self.namespace, labels=labels) for labels in (SERVER_PODS, WORKER_PODS))
        database = Endpoint(
            namespace=self.namespace,
            service=f"{name}-postgresql",
            port=DATABASE_PORT,
            pods=DATABASE_PODS,
            pod_port=DATABASE_PORT,
        )
        permitted: dict[str, AllowTrafficArgs] = {
            # The workers deploy the outposts.
            "worker-to-api-server": AllowTrafficArgs(source=worker, target=site.api_server),
            "server-to-database": AllowTrafficArgs(source=server, target=database),
            "worker-to-database": AllowTrafficArgs(source=worker, target=database),
        }
        return allow_traffic(name, permitted, parent=self)


def _values(args: AuthentikArgs, secret: SyncedSecret) -> dict[str, Any]:
    from_secret = {
        "AUTHENTIK_SECRET_KEY": "secret-key",
        "AUTHENTIK_POSTGRESQL__PASSWORD": "postgresql-password",
        "AUTHENTIK_BOOTSTRAP_PASSWORD": "bootstrap-password",
        "AUTHENTIK_BOOTSTRAP_TOKEN": "bootstrap-token",
    }
    plain = {
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
    password = secret.key("postgresql-password").key
    return {
        "global": {
            "image": {"repository": site.repository("ghcr.io/goauthentik/server")},
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "env": [
                *(
                    {"name": name, "valueFrom": {"secretKeyRef": {"name": secret.name, "key": secret.key(key).key}}}
                    for name, key in from_secret.items()
                ),
                *({"name": name, "value": value} for name, value in plain.items()),
            ],
        },
        "authentik": {
            "outposts": {"container_image_base": site.repository("ghcr.io/goauthentik/%(type)s:%(version)s")}
        },
        "server": {**scaled, "topologySpreadConstraints": spread(SERVER_PODS)},
        "worker": {**scaled, "topologySpreadConstraints": spread(WORKER_PODS)},
        "postgresql": {
            "enabled": True,
            "image": {"registry": site.repository(versions.DOCKER_HUB)},
            "auth": {
                "existingSecret": secret.name,
                "secretKeys": {"adminPasswordKey": password, "userPasswordKey": password},
                # As files the whole Secret would be in the pod: the database has no business with Authentik's keys.
                "usePasswordFiles": False,
            },
            "primary": {
                "persistence": {"storageClass": args.storage.class_name},
                # The chart's own lets anybody in at the database's port, and the database call anybody.
                "networkPolicy": {"enabled": False},
            },
        },
    }
