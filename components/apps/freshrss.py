"""FreshRSS: a reader of feeds."""

from __future__ import annotations

from typing import Final

from components import versions
from components.kit import (
    Call,
    ForwardAuth,
    HostedApp,
    Resources,
    Scratch,
    Site,
    TraefikRoute,
    Volume,
    WebApp,
    internet,
)
from components.settings import kinds
from components.vocabulary import USERS

USER: Final = 2000
"""User id of the image, which is another maker's: the project's own one has to be started as root."""

OPEN_PATHS: Final = ("/api/",)
OPEN_PATHS_REASON: Final = (
    "reader apps cannot follow a sign-in page; they sign in by a password of the API that each user sets, and without "
    "one the API knows nobody"
)


class FreshRss(HostedApp):
    """FreshRSS, a reader of feeds.

    Its database is SQLite on its volume. At the first visit it asks how it is to be set up, behind Authentik's sign-in.
    """

    name, title = "freshrss", "FreshRSS"

    data_size: kinds.Size = "2Gi"
    """Size of the volume for its database and for what it keeps of the feeds."""
    timezone: kinds.TimeZone = "Etc/UTC"
    """Time zone in which it shows times."""

    def describe(self, site: Site) -> WebApp:
        sign_in = ForwardAuth(group=USERS, open_paths=OPEN_PATHS, open_paths_reason=OPEN_PATHS_REASON)
        return WebApp(
            image=versions.FRESHRSS,
            port=8080,
            health_path="/i/",
            exposure=TraefikRoute(host=self.host, sign_in=sign_in),
            environment={"TZ": self.timezone},
            uses=[
                Volume(name="data", path="/opt/freshrss/data", size=self.data_size),
                Scratch(name="temporary", path="/tmp"),  # noqa: S108 - in the pod
                # Feeds are where they are; some still without TLS.
                Call(name="feeds", target=internet(80, 443)),
            ],
            resources=Resources(cpu="20m", memory="256Mi"),
            user=USER,
        )
