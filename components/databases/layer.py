"""The layer of databases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from components.databases.operator import Operator, OperatorArgs, Plugin, PluginArgs
from components.databases.own import Ground, own_database
from components.databases.shared import SharedCluster, SharedClusterArgs
from components.kit import Database, DatabaseRequest, Foundation, Namespace, NamespaceArgs, plain
from components.settings import DatabasesSettings

NAMESPACE: Final = "cnpg-system"
"""Of operator and plugin, which has to be where the operator is."""

REMOVABLE_REASON: Final = "the stack file says that the shared cluster is removable"


@dataclass(frozen=True, kw_only=True)
class DatabasesArgs:
    """What databases are made with, and who has one in the shared cluster."""

    base: Foundation
    settings: DatabasesSettings
    tenants: Sequence[str]
    """Applications whose database is in the shared cluster: known before any of them is built, because it lists them
    all as its users. Without one there is no such cluster."""
    cert_manager: pulumi.Resource
    """Done when there can be Issuers and Certificates."""


class Databases(pulumi.ComponentResource):
    """CloudNativePG with its plugin, and whatever database is asked for from here on."""

    def __init__(self, name: str, args: DatabasesArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:databases:Databases", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        base = args.base
        namespace = Namespace(NAMESPACE, NamespaceArgs(dns_cache=base.site.dns_cache), opts=inside)
        operator = Operator(
            "cloudnative-pg",
            OperatorArgs(site=base.site, project=base.project, namespace=namespace),
            opts=inside,
        )
        base.contributions.metrics.add(operator.metrics)
        plugin = Plugin(
            "plugin-barman-cloud",
            PluginArgs(site=base.site, project=base.project, operator=operator, cert_manager=args.cert_manager),
            opts=inside,
        )
        self._ground = Ground(base=base, operator=operator, plugin=plugin, settings=args.settings)
        self._shared = self._share(name, args) if args.tenants else None
        self.register_outputs({})

    def _share(self, name: str, args: DatabasesArgs) -> SharedCluster:
        reason = REMOVABLE_REASON if args.settings.shared.data == "removable" else ""
        namespace = Namespace(
            name,
            NamespaceArgs(holds_data=True, unprotected_reason=reason, dns_cache=args.base.site.dns_cache),
            opts=pulumi.ResourceOptions(parent=self),
        )
        shared = SharedClusterArgs(
            ground=self._ground, namespace=namespace, tenants=args.tenants, unprotected_reason=reason
        )
        return SharedCluster("shared", shared, opts=pulumi.ResourceOptions(parent=self))

    def create(self, request: DatabaseRequest, parent: pulumi.Resource) -> Database:
        """A database, below `parent`: in a cluster of its own, or in the shared one.

        Raises:
            SharedDatabaseError: it needs what a shared cluster cannot have.
            LookupError: it is to be shared, and is none of the tenants.
        """
        if not request.shared:
            return own_database(request, self._ground, parent=parent)
        if self._shared is None:
            message = f"database {request.name!r} is to be shared: expected it among the tenants, which are none"
            raise LookupError(message)
        return self._shared.database(request, parent)
