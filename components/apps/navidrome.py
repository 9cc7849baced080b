"""Navidrome, the music server, behind forward auth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import (
    Claim,
    ClaimArgs,
    Endpoint,
    Mount,
    Namespace,
    NamespaceArgs,
    NfsFolder,
    NfsFolderArgs,
    Resources,
    Workload,
    WorkloadArgs,
)

PORT: Final = 4533
BACKUPS_KEPT: Final = 7

OPEN_PATHS: Final = ("/rest/", "/share/")
"""Navidrome's Subsonic API and its shared links."""
OPEN_PATHS_REASON: Final = (
    "music apps speak the Subsonic API, which carries credentials of its own and cannot follow a sign-in page; "
    "a shared link is its own credential"
)


@dataclass(frozen=True, kw_only=True)
class NavidromeArgs:
    """Where the music is and how much room Navidrome has."""

    nfs_server: str
    music_path: str
    """Absolute path of the music folder on the NFS server."""
    music_size: str
    data_size: str
    storage_class: str
    """Of the volume for its database: a node's own disk, since SQLite loses data on NFS."""
    proxies: str
    """CIDR that Traefik's pods are in: Navidrome believes the user's name in a header from there only."""
    scan_interval: str
    """Between two scans of the music folder, in Go's notation (`1h`)."""
    backup_schedule: str
    """Cron line in UTC."""
    registry_mirror: str | None = None


class Navidrome(pulumi.ComponentResource):
    """Navidrome. It reads the music from NFS and keeps its database, with daily backups, on a volume of its own."""

    namespace: Namespace
    music: NfsFolder
    """The music folder, for others who add to it."""
    endpoint: Endpoint

    def __init__(self, name: str, args: NavidromeArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:apps:Navidrome", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        self.namespace = Namespace(name, NamespaceArgs(holds_data=True), opts=inside)
        self.music = NfsFolder(
            f"{name}-music",
            NfsFolderArgs(namespace=self.namespace, server=args.nfs_server, path=args.music_path, size=args.music_size),
            opts=inside,
        )
        data = Claim(
            f"{name}-data",
            ClaimArgs(namespace=self.namespace, storage_class=args.storage_class, size=args.data_size),
            opts=inside,
        )
        self.endpoint = Workload(
            name,
            WorkloadArgs(
                namespace=self.namespace,
                image=versions.NAVIDROME,
                registry_mirror=args.registry_mirror,
                port=PORT,
                health_path="/ping",
                environment={
                    "ND_MUSICFOLDER": "/music",
                    "ND_DATAFOLDER": "/data",
                    "ND_SCANNER_SCHEDULE": f"@every {args.scan_interval}",
                    "ND_BACKUP_PATH": "/data/backups",
                    "ND_BACKUP_SCHEDULE": args.backup_schedule,
                    "ND_BACKUP_COUNT": str(BACKUPS_KEPT),
                    "ND_REVERSEPROXYUSERHEADER": "X-authentik-username",
                    "ND_REVERSEPROXYWHITELIST": args.proxies,
                    "ND_ENABLEINSIGHTSCOLLECTOR": "false",
                },
                mounts=[
                    Mount(path="/music", claim=self.music, read_only=True),
                    Mount(path="/data", claim=data),
                    Mount(path="/tmp"),  # noqa: S108 - scratch space inside the pod, for transcoding
                ],
                resources=Resources(cpu="50m", memory="512Mi"),
            ),
            opts=inside,
        ).endpoint
        self.register_outputs({})
