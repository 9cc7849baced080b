"""A PostgreSQL cluster: its instances, who may call them, and what is done for the day on which it is lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components import versions
from components.databases.archive import Archive
from components.databases.operator import Operator
from components.kit import (
    AllowTrafficArgs,
    DatabaseRequest,
    Endpoint,
    Foundation,
    MetricsTarget,
    Namespace,
    Pods,
    allow_traffic,
    plain,
)
from components.vocabulary import EXEMPT, HOLDS_DATA

PLUGIN: Final = "barman-cloud.cloudnative-pg.io"
"""What clusters and backups name the plugin by."""

CLUSTER_LABEL: Final = "cnpg.io/cluster"
"""Label of every pod of a cluster: of instances, and of the jobs that make one."""
INSTANCE_LABEL: Final = {"cnpg.io/podRole": "instance"}

PORT: Final = 5432
STATUS_PORT: Final = 8000
"""Where an instance says how it is, to the operator and to its peers: one that hears of nobody stops serving."""

METRICS_PORT: Final = 9187

ARCHIVE_TIMEOUT: Final = "5min"
"""How much of what was written the archive may lack at most, while little is written."""

RESTORE_TIMEOUT: Final = "60m"
"""How long an update waits for a cluster: one that is restored reads a whole backup first."""

CPU: Final = "50m"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a restored cluster is made of."""

    source: str
    """Name of the cluster whose archive it is."""
    moment: str | None
    """Up to when; None is as far as the archive goes."""


@dataclass(frozen=True, kw_only=True)
class PostgresClusterArgs:
    """What is asked for, and what it is made with."""

    base: Foundation
    request: DatabaseRequest
    operator: Operator
    archive: Archive
    origin: Origin | None = None
    """None makes an empty one."""
    roles: Sequence[Mapping[str, Any]] = ()
    """Users beside the owner, as CloudNativePG's `managed.roles`."""
    host_rules: Sequence[str] = ()
    """Lines of `pg_hba.conf` that come before the operator's last one, which lets every user in by password."""
    needs: Sequence[pulumi.Resource] = ()
    """What has to be there beforehand, such as the Secrets of `roles`."""
    unprotected_reason: str = ""
    """Why an update may delete it with its volumes' claims; nothing means that it is protected."""


class PostgresCluster(pulumi.ComponentResource):
    """A `Cluster` that archives from its first moment on, its base backups and its permitted calls.

    What the archive has of it is under its own name, so that a restored cluster never writes into another's history.
    """

    endpoint: Endpoint
    """The primary."""
    resource: pulumi.Resource
    """The Cluster: done when it takes connections and the operator has made its Secret."""
    secret: str
    """Name of the Secret that the operator makes for the owner of the database."""

    def __init__(self, name: str, args: PostgresClusterArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:databases:PostgresCluster", name, plain(args), opts)
        request = args.request
        namespace = request.namespace
        self.secret = f"{name}-app"
        self.endpoint = Endpoint(
            namespace=namespace, service=f"{name}-rw", port=PORT, pods=_instances(name), pod_port=PORT
        )
        calls = allow_traffic(name, _calls(name, args, self.endpoint), parent=self)
        kept = not args.unprotected_reason
        self.resource = CustomResource(
            name,
            api_version="postgresql.cnpg.io/v1",
            kind="Cluster",
            metadata=ObjectMetaArgs(name=name, namespace=namespace.name, annotations=_annotations(args)),
            spec=_spec(name, args),
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=kept,
                retain_on_delete=kept,
                depends_on=[
                    namespace.resource,
                    args.operator.ready,
                    args.base.storage.resource,
                    args.archive.store,
                    *args.needs,
                    *calls,
                ],
                custom_timeouts=pulumi.CustomTimeouts(create=RESTORE_TIMEOUT, update=RESTORE_TIMEOUT),
            ),
        )
        self._backed_up(name, args)
        self.register_outputs({})

    def _backed_up(self, name: str, args: PostgresClusterArgs) -> None:
        CustomResource(
            f"{name}-backup",
            api_version="postgresql.cnpg.io/v1",
            kind="ScheduledBackup",
            metadata=ObjectMetaArgs(name=name, namespace=args.request.namespace.name),
            spec={
                "cluster": {"name": name},
                # The operator's lines begin with the second.
                "schedule": f"0 {args.request.settings.schedule}",
                # Without a base backup, what is archived can be restored from nothing.
                "immediate": True,
                "backupOwnerReference": "cluster",
                "method": "plugin",
                "pluginConfiguration": {"name": PLUGIN},
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self.resource]),
        )


def instances_metrics(namespace: Namespace) -> MetricsTarget:
    """Metrics of every cluster in a namespace; the label `cnpg_cluster` says of which they are."""
    of_cluster = {"sourceLabels": ["__meta_kubernetes_pod_label_cnpg_io_cluster"], "targetLabel": "cnpg_cluster"}
    return MetricsTarget(
        name="postgres",
        pods=Pods(namespace=namespace, labels=INSTANCE_LABEL),
        port=METRICS_PORT,
        relabelings=(of_cluster,),
    )


def _instances(name: str) -> dict[str, str]:
    return {CLUSTER_LABEL: name, **INSTANCE_LABEL}


def _calls(name: str, args: PostgresClusterArgs, primary: Endpoint) -> dict[str, AllowTrafficArgs]:
    # Jobs, which make an instance, bear no role: they are among the members, and nobody calls them.
    members = Pods(namespace=primary.namespace, labels={CLUSTER_LABEL: name})
    status = Endpoint(
        namespace=primary.namespace,
        service=primary.service,
        port=STATUS_PORT,
        pods=primary.pods,
        pod_port=STATUS_PORT,
    )
    return {
        "to-members": AllowTrafficArgs(source=members, target=primary),
        "to-status-of-members": AllowTrafficArgs(source=members, target=status),
        "to-api-server": AllowTrafficArgs(source=members, target=args.base.site.api_server),
        "to-archive": AllowTrafficArgs(source=members, target=args.archive.endpoint),
        "from-operator": AllowTrafficArgs(source=args.operator.pods, target=primary),
        "status-from-operator": AllowTrafficArgs(source=args.operator.pods, target=status),
    }


def _annotations(args: PostgresClusterArgs) -> dict[str, str]:
    exempt = {f"{EXEMPT}data-protected": args.unprotected_reason} if args.unprotected_reason else {}
    return {"pulumi.com/waitFor": "condition=Ready", HOLDS_DATA: "true", **exempt}


def _spec(name: str, args: PostgresClusterArgs) -> dict[str, Any]:
    site, request, storage = args.base.site, args.request, args.base.storage.class_name
    settings = request.settings
    spec: dict[str, Any] = {
        "instances": site.replicas,
        # With one instance it would keep its node from draining.
        "enablePDB": site.replicas > 1,
        "imageName": site.image(request.image or versions.POSTGRES),
        "enableSuperuserAccess": False,
        "storage": {"size": settings.size, "storageClass": storage},
        "walStorage": {"size": settings.wal_size, "storageClass": storage},
        "affinity": {"podAntiAffinityType": "preferred", "topologyKey": "kubernetes.io/hostname"},
        "resources": {"requests": {"cpu": CPU, "memory": settings.memory}, "limits": {"memory": settings.memory}},
        "postgresql": {
            "parameters": {"archive_timeout": ARCHIVE_TIMEOUT, **request.parameters},
            **({"shared_preload_libraries": list(request.preload)} if request.preload else {}),
            **({"pg_hba": list(args.host_rules)} if args.host_rules else {}),
        },
        "plugins": [{**_archived(args.archive.name, name), "isWALArchiver": True}],
        **_origin(args),
    }
    if args.roles:
        spec["managed"] = {"roles": [dict(role) for role in args.roles]}
    return spec


def _archived(archive: str, server: str) -> dict[str, Any]:
    """Where the plugin finds what was archived of a cluster."""
    return {"name": PLUGIN, "parameters": {"barmanObjectName": archive, "serverName": server}}


def _origin(args: PostgresClusterArgs) -> dict[str, Any]:
    owner = {"database": args.request.name, "owner": args.request.name}
    if args.origin is None:
        sql = {"postInitApplicationSQL": list(args.request.after_init)} if args.request.after_init else {}
        return {"bootstrap": {"initdb": {**owner, "dataChecksums": True, **sql}}}
    source, moment = args.origin.source, args.origin.moment
    target = {"recoveryTarget": {"targetTime": moment}} if moment else {}
    return {
        "bootstrap": {"recovery": {**owner, "source": source, **target}},
        "externalClusters": [{"name": source, "plugin": _archived(args.archive.name, source)}],
    }
