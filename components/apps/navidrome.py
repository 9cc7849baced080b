"""Navidrome, the music server, behind forward auth."""

from __future__ import annotations

from typing import Final

from components import versions
from components.kit import (
    ForwardAuth,
    HostedApp,
    Metrics,
    NfsFolder,
    Resources,
    Scratch,
    Site,
    TraefikRoute,
    Volume,
    WebApp,
)
from components.settings import kinds
from components.vocabulary import USERS

BACKUPS_KEPT: Final = 7

OPEN_PATHS: Final = ("/rest/", "/share/")
"""Navidrome's Subsonic API and its shared links."""
OPEN_PATHS_REASON: Final = (
    "music apps speak the Subsonic API, which carries credentials of its own and cannot follow a sign-in page; "
    "a shared link is its own credential"
)

METRICS: Final = Metrics()
"""On the port of the page, and they ask nobody."""


class Navidrome(HostedApp):
    """Navidrome, the music server.

    It reads the music from NFS and keeps its database, with daily backups, on a volume of its own.
    """

    name, title = "navidrome", "Navidrome"

    data_size: kinds.Size = "5Gi"
    """Size of the volume for its database, cache and backups."""
    music_size: kinds.Size = "200Gi"
    """Size that the volume of the music folder claims; NFS does not enforce it."""
    music_path: kinds.SubPath = "media/music"
    """Music folder, below the NFS export."""
    scan_interval: kinds.Interval = "1h"
    """Time between two scans of the music folder."""
    backup_schedule: kinds.Cron = "30 3 * * *"
    """When Navidrome backs its database up, in the pod's time (UTC)."""

    def describe(self, site: Site) -> WebApp:
        sign_in = ForwardAuth(group=USERS, open_paths=OPEN_PATHS, open_paths_reason=OPEN_PATHS_REASON)
        return WebApp(
            image=versions.NAVIDROME,
            port=4533,
            health_path="/ping",
            exposure=TraefikRoute(host=self.host, sign_in=sign_in, closed_paths=[METRICS.path]),
            environment={
                "ND_MUSICFOLDER": "/music",
                "ND_DATAFOLDER": "/data",
                "ND_SCANNER_SCHEDULE": f"@every {self.scan_interval}",
                "ND_BACKUP_PATH": "/data/backups",
                "ND_BACKUP_SCHEDULE": self.backup_schedule,
                "ND_BACKUP_COUNT": str(BACKUPS_KEPT),
                "ND_REVERSEPROXYUSERHEADER": "X-authentik-username",
                # Traefik's pods are in it: the user's name is believed from there only.
                "ND_REVERSEPROXYWHITELIST": ",".join(site.pod_cidrs),
                "ND_ENABLEINSIGHTSCOLLECTOR": "false",
                "ND_PROMETHEUS_ENABLED": "true",
                "ND_PROMETHEUS_METRICSPATH": METRICS.path,
            },
            uses=[
                NfsFolder(name="music", path="/music", folder=self.music_path, size=self.music_size, read_only=True),
                Volume(name="data", path="/data", size=self.data_size),
                METRICS,
                Scratch(name="transcoding", path="/tmp"),  # noqa: S108 - in the pod
            ],
            resources=Resources(cpu="50m", memory="512Mi"),
        )
