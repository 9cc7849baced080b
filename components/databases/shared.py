"""The shared cluster: a database and a user for each that needs no cluster of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.databases.own import Ground, Served, serve
from components.kit import (
    Database,
    DatabaseRequest,
    Generated,
    Namespace,
    SyncedSecret,
    SyncedSecretArgs,
    Value,
    VaultItem,
    VaultItemArgs,
    plain,
)

RELOADED: Final = {"cnpg.io/reload": "true"}
"""Label of a Secret whose changes the operator passes on to its users."""

OWN_DATABASE_ONLY: Final = ("host sameuser all all scram-sha-256", "host all all all reject")
"""Each user is called as the database, and gets into no other one."""


class SharedDatabaseError(pulumi.RunError):
    """An application cannot do with a shared database; the engine prints the message without a traceback."""


@dataclass(frozen=True, kw_only=True)
class SharedClusterArgs:
    """Where it is, and whose databases there are."""

    ground: Ground
    namespace: Namespace
    tenants: Sequence[str]
    """Names of the applications: each is the name of its database and of its user, too."""
    unprotected_reason: str = ""
    """Why an update may delete it; nothing means that it is protected."""


class SharedCluster(pulumi.ComponentResource):
    """One cluster with a role for each tenant, whose password is an item of the vault."""

    served: Served

    def __init__(self, name: str, args: SharedClusterArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:databases:SharedCluster", name, plain(args), opts)
        self._ground = args.ground
        inside = pulumi.ResourceOptions(parent=self)
        base, settings = args.ground.base, args.ground.settings.shared
        self._namespace = args.namespace
        self._items = {
            tenant: VaultItem(
                f"{name}-db-{tenant}",
                VaultItemArgs(
                    store=base.store, fields={"username": Value(value=tenant), "password": Generated(length=40)}
                ),
                opts=inside,
            )
            for tenant in args.tenants
        }
        secrets = {
            tenant: SyncedSecret(
                f"{name}-db-{tenant}",
                SyncedSecretArgs(namespace=self._namespace, item=item, labels=RELOADED),
                opts=inside,
            )
            for tenant, item in self._items.items()
        }
        self.served = serve(
            DatabaseRequest(
                name=name,
                namespace=self._namespace,
                settings=settings,
                unprotected_reason=args.unprotected_reason,
            ),
            args.ground,
            parent=self,
            roles=[_role(tenant, secret) for tenant, secret in secrets.items()],
            host_rules=OWN_DATABASE_ONLY,
            needs=list(secrets.values()),
        )
        self.register_outputs({})

    def database(self, request: DatabaseRequest, parent: pulumi.Resource) -> Database:
        """The database of a tenant, below `parent`, and the Secret with its password in the tenant's namespace.

        Raises:
            SharedDatabaseError: it needs what this cluster cannot have for one of its databases alone.
        """
        _check(request)
        opts = pulumi.ResourceOptions(parent=parent)
        name, served, base = f"{request.name}-db", self.served, self._ground.base
        database = CustomResource(
            name,
            api_version="postgresql.cnpg.io/v1",
            kind="Database",
            metadata=ObjectMetaArgs(
                # Another cluster's databases are other objects.
                name=f"{served.name}-{request.name}",
                namespace=self._namespace.name,
                annotations={"pulumi.com/waitFor": "jsonpath={.status.applied}=true"},
            ),
            spec={
                "cluster": {"name": served.name},
                "name": request.name,
                "owner": request.name,
                # The object may go; the database stays until somebody drops it.
                "databaseReclaimPolicy": "retain",
            },
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[served.cluster.resource]),
        )
        item = self._items[request.name]
        secret = SyncedSecret(name, SyncedSecretArgs(namespace=request.namespace, item=item), opts=opts)
        base.contributions.secrets.add(secret)
        base.contributions.databases.add(replace(served.summary, name=request.name))
        endpoint = served.cluster.endpoint
        return Database(
            name=name,
            endpoint=endpoint,
            ready=database,
            values={
                "username": secret.key("username"),
                "password": secret.key("password"),
                "dbname": request.name,
                "host": endpoint.host,
                "port": str(endpoint.port),
            },
        )


def _role(tenant: str, secret: SyncedSecret) -> dict[str, Any]:
    return {"name": tenant, "ensure": "present", "login": True, "passwordSecret": {"name": secret.name}}


def _check(request: DatabaseRequest) -> None:
    wants = [field for field in ("image", "preload", "after_init", "parameters") if getattr(request, field)]
    if wants:
        message = (
            f"homelab:apps.{request.name}.database.where: expected own, since it needs PostgreSQL with "
            f"{', '.join(wants)} of its own; got 'shared'"
        )
        raise SharedDatabaseError(message)
