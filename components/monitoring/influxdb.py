"""InfluxDB: what Proxmox sends, and chosen series of Prometheus for the long term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import (
    CatalogEntry,
    Claim,
    ClaimArgs,
    Endpoint,
    Folder,
    ForwardAuth,
    Foundation,
    Generated,
    MetricsTarget,
    Mount,
    Namespace,
    NfsVolume,
    NfsVolumeArgs,
    Resources,
    SecretKey,
    SyncedSecret,
    TraefikRoute,
    Workload,
    WorkloadArgs,
    plain,
    synced_item,
)
from components.monitoring.influx_cli import ADMIN, USER, Operator
from components.monitoring.influxdb_access import InfluxDbAccess, InfluxDbAccessArgs
from components.monitoring.influxdb_backup import KEPT, SCHEDULE, InfluxDbBackup, InfluxDbBackupArgs
from components.monitoring.names import LONG_TERM, ORGANISATION, PROXMOX
from components.settings import InfluxDbSettings
from components.summaries import BackupSummary, Place, VolumeSummary
from components.vocabulary import ADMINS

PORT: Final = 8086

FOLDER: Final = "backups/influxdb"
"""Folder below the NFS export that has its backups."""

PASSWORD, OPERATOR = "admin-password", "admin-token"
"""Fields of its item: how a person signs in on its pages, and the token that may do everything."""

OPEN_PATHS: Final = ("/api/v2/write", "/health")
OPEN_PATHS_REASON: Final = (
    "Proxmox cannot follow a sign-in page: with what it writes it sends a token, which InfluxDB checks, and before it "
    "writes it asks whether somebody is there"
)

CLOSED_PATHS: Final = ("/metrics", "/debug")
"""They ask nobody for a token."""

STARTUP: Final = 900
"""Seconds that it may take to open what is on its volume, of which there is more every year."""


@dataclass(frozen=True, kw_only=True)
class InfluxDbService:
    """InfluxDB as the other parts of monitoring use it."""

    endpoint: Endpoint
    long_term: SecretKey
    """Token that writes into the bucket for the long term, and nothing else."""
    reading: SecretKey
    """Token that reads all buckets, and nothing else."""


@dataclass(frozen=True, kw_only=True)
class InfluxDbArgs:
    """Where it is, and how much it keeps."""

    base: Foundation
    namespace: Namespace
    settings: InfluxDbSettings
    host: str
    """Where Proxmox and administrators find it."""
    on: bool = True
    """Whether it runs; off, its volume, its backups and the secrets that open both are there."""
    unprotected_reason: str = ""
    """Why an update may delete its data; nothing means that it is protected."""


class InfluxDb(pulumi.ComponentResource):
    """InfluxDB 2 on a node's own disk, its buckets and tokens, its backup, and the way in for Proxmox.

    At the first start on an empty volume it sets itself up, with its organisation, its administrator and the operator's
    token. It never looks at them again, so the item in 1Password stays as long as the volume.
    """

    service: InfluxDbService | None
    """None while it is off."""

    def __init__(self, name: str, args: InfluxDbArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:InfluxDb", name, plain(args), opts)
        self._name, self._args = name, args
        self._inside = pulumi.ResourceOptions(parent=self)
        data, backups, secret = self._data(), self._backups(), self._secret()
        self.service = self._run(data, backups, secret) if args.on else None
        self.register_outputs({})

    def _data(self) -> Claim:
        args = self._args
        claim = ClaimArgs(
            namespace=args.namespace,
            storage=args.base.storage,
            size=args.settings.size,
            unprotected_reason=args.unprotected_reason,
        )
        data = Claim(f"{self._name}-data", claim, opts=self._inside)
        summary = VolumeSummary(
            namespace=args.namespace.name, claim=data.claim_name, holds="data", place=Place.NODE, size=claim.size
        )
        args.base.contributions.volumes.add(summary)
        return data

    def _backups(self) -> NfsVolume:
        args = self._args
        nfs = args.base.site.nfs
        folder = Folder(path=f"{nfs.export}/{FOLDER}", user=USER)
        args.base.contributions.folders.add(folder)
        volume = NfsVolumeArgs(
            namespace=args.namespace,
            nfs=nfs,
            path=folder.path,
            size=args.settings.size,
            unprotected_reason=args.unprotected_reason,
        )
        backups = NfsVolume(f"{self._name}-backup", volume, opts=self._inside)
        summary = VolumeSummary(
            namespace=args.namespace.name,
            claim=backups.claim_name,
            holds="backups of data",
            place=Place.FOLDER,
            size=volume.size,
            folder=folder.path,
        )
        args.base.contributions.volumes.add(summary)
        return backups

    def _secret(self) -> SyncedSecret:
        args = self._args
        lasting = not args.unprotected_reason
        secret = synced_item(
            self._name,
            store=args.base.store,
            namespace=args.namespace,
            fields={PASSWORD: Generated(lasting=lasting), OPERATOR: Generated(length=64, lasting=lasting)},
            parent=self,
        )
        args.base.contributions.secrets.add(secret)
        return secret

    def _run(self, data: Claim, backups: NfsVolume, secret: SyncedSecret) -> InfluxDbService:
        args, site = self._args, self._args.base.site
        workload = Workload(self._name, self._workload(data, secret), opts=self._inside)
        operator = Operator(endpoint=workload.endpoint, image=site.image(versions.INFLUXDB), token=secret.key(OPERATOR))
        access = InfluxDbAccess(
            f"{self._name}-access",
            InfluxDbAccessArgs(
                site=site,
                namespace=args.namespace,
                operator=operator,
                influxdb=workload,
                buckets={LONG_TERM: 0, PROXMOX: args.settings.proxmox_days},
                tokens={
                    "bridge": [f"write:{LONG_TERM}"],
                    "grafana": [f"read:{LONG_TERM}", f"read:{PROXMOX}"],
                    "proxmox": [f"write:{PROXMOX}"],
                },
            ),
            opts=self._inside,
        )
        InfluxDbBackup(
            f"{self._name}-backup",
            InfluxDbBackupArgs(namespace=args.namespace, operator=operator, folder=backups),
            opts=self._inside,
        )
        args.base.contributions.backups.add(
            BackupSummary(
                namespace=args.namespace.name,
                claim=data.claim_name,
                schedule=SCHEDULE,
                check="",
                folder=f"{args.base.site.nfs.export}/{FOLDER}",
                kept=f"{KEPT} last",
            )
        )
        self._contribute(workload)
        return InfluxDbService(
            endpoint=workload.endpoint, long_term=access.tokens["bridge"], reading=access.tokens["grafana"]
        )

    def _workload(self, data: Claim, secret: SyncedSecret) -> WorkloadArgs:
        args = self._args
        return WorkloadArgs(
            namespace=args.namespace,
            image=args.base.site.image(versions.INFLUXDB),
            port=PORT,
            health_path="/health",
            environment={
                "DOCKER_INFLUXDB_INIT_MODE": "setup",
                "DOCKER_INFLUXDB_INIT_ORG": ORGANISATION,
                "DOCKER_INFLUXDB_INIT_BUCKET": LONG_TERM,
                "DOCKER_INFLUXDB_INIT_USERNAME": ADMIN,
                "DOCKER_INFLUXDB_INIT_PASSWORD": secret.key(PASSWORD),
                "DOCKER_INFLUXDB_INIT_ADMIN_TOKEN": secret.key(OPERATOR),
                "INFLUXD_REPORTING_DISABLED": "true",
                "INFLUXD_PPROF_DISABLED": "true",
            },
            mounts=[
                Mount(name="data", path="/var/lib/influxdb2", claim=data),
                # Where setting up leaves the settings of its own command line.
                Mount(name="settings", path="/etc/influxdb2"),
                Mount(name="temporary", path="/tmp"),  # noqa: S108 - in the pod
            ],
            resources=Resources(cpu="100m", memory=args.settings.memory),
            user=USER,
            startup=STARTUP,
        )

    def _contribute(self, workload: Workload) -> None:
        args = self._args
        contributions = args.base.contributions
        contributions.metrics.add(MetricsTarget(name=self._name, pods=workload.pods, port="http"))
        sign_in = ForwardAuth(group=ADMINS, open_paths=OPEN_PATHS, open_paths_reason=OPEN_PATHS_REASON)
        contributions.catalog.add(
            CatalogEntry(
                name=self._name,
                title="InfluxDB",
                description="Chosen series of Prometheus for the long term, and what Proxmox sends.",
                namespace=args.namespace,
                endpoint=workload.endpoint,
                exposure=TraefikRoute(host=args.host, sign_in=sign_in, closed_paths=CLOSED_PATHS),
                runbooks=["influxdb.md"],
            )
        )
