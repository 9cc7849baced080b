"""InfluxDB's backup: what it writes out of itself every night, on the NFS server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes.core.v1 import PodSpecArgs, VolumeMountArgs

from components.kit import AllowTrafficArgs, Mount, Namespace, NfsVolume, Pods, allow_traffic, plain
from components.kit.containers import confined_pod
from components.kit.jobs import Timed, cron_job
from components.kit.mounts import volume
from components.kit.workload import NAME_LABEL
from components.monitoring.influx_cli import USER, Operator

BACKUPS: Final = "/backups"
"""Where the pod sees the folder on the NFS server."""

SCHEDULE: Final = "30 3 * * *"
"""In UTC: done before the copy outside the house begins, at five."""

KEPT: Final = 3
"""Backups that stay on the NFS server; older ones are in the copy outside."""

HOURS: Final = 6
"""After so many a backup is ended: what hangs would keep the next one from starting."""

SCRIPT: Final = f"""\
set -euo pipefail
new={BACKUPS}/unfinished
rm -rf "$new"
influx backup "$new"
gzip --test "$new"/*.gz
mv "$new" "{BACKUPS}/$(date -u +%Y%m%dT%H%M%SZ)"
ls -d {BACKUPS}/[0-9]*Z | head -n -{KEPT} | xargs --no-run-if-empty rm -rf
"""
"""What was written is read once more before it counts, and nothing older goes before that."""


@dataclass(frozen=True, kw_only=True)
class InfluxDbBackupArgs:
    """InfluxDB, and the folder that its backups are in."""

    namespace: Namespace
    operator: Operator
    folder: NfsVolume


class InfluxDbBackup(pulumi.ComponentResource):
    """A CronJob that has InfluxDB write out everything, data and tokens, into a new folder beside the last ones.

    The files of a running InfluxDB cannot be copied as others are: what is in its memory, in its log and in the file of
    its tokens is of different moments.
    """

    def __init__(self, name: str, args: InfluxDbBackupArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:InfluxDbBackup", name, plain(args), opts)
        labels = {NAME_LABEL: name}
        calls = allow_traffic(
            name,
            {
                "to-influxdb": AllowTrafficArgs(
                    source=Pods(namespace=args.namespace, labels=labels), target=args.operator.endpoint
                )
            },
            parent=self,
        )
        timed = Timed(
            namespace=args.namespace,
            schedule=SCHEDULE,
            hours=HOURS,
            pod=_pod(args),
            labels=labels,
            depends_on=[args.operator.token.synced, args.folder, *calls],
        )
        cron_job(name, timed, parent=self)
        self.register_outputs({})


def _pod(args: InfluxDbBackupArgs) -> PodSpecArgs:
    mount = VolumeMountArgs(name="backups", mount_path=BACKUPS)
    return PodSpecArgs(
        restart_policy="Never",
        automount_service_account_token=False,
        enable_service_links=False,
        security_context=confined_pod(USER),
        containers=[args.operator.container("influx", SCRIPT, [mount])],
        volumes=[volume(Mount(name="backups", path=BACKUPS, claim=args.folder))],
    )
