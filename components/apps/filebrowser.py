"""File Browser: a page on Navidrome's host to upload and sort the music with."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from pydantic import Field

from components import versions
from components.apps.navidrome import Navidrome
from components.kit import App, ForwardAuth, NfsFolder, Scratch, Site, TraefikRoute, WebApp
from components.vocabulary import USERS

PORT: Final = 8080
PATH: Final = "/files"
"""Below Navidrome's host: forward auth covers the host once, for both."""


class FileBrowser(App):
    """File Browser, a web page to upload and sort the music with.

    It knows no users of its own: Authentik lets in who may write there.
    """

    name, title = "filebrowser", "File Browser"
    needs = MappingProxyType({Navidrome.name: "it serves Navidrome's music"})

    enabled: bool = Field(default=False, strict=True)
    """Whether it is on; it serves Navidrome's music folder, so Navidrome has to be on."""

    def describe(self, site: Site) -> WebApp:
        music = site.app(Navidrome)
        return WebApp(
            image=versions.FILEBROWSER,
            port=PORT,
            health_path=f"{PATH}/health",
            exposure=TraefikRoute(host=music.host, path=PATH, sign_in=ForwardAuth(group=USERS)),
            environment={
                "FB_PORT": str(PORT),
                "FB_BASEURL": PATH,
                "FB_ROOT": "/srv",
                "FB_DATABASE": "/database/filebrowser.db",
                "FB_NOAUTH": "true",
            },
            uses=[
                NfsFolder(name="music", path="/srv", folder=music.music_path, size=music.music_size, borrowed=True),
                Scratch(name="database", path="/database"),
                Scratch(name="settings", path="/config"),
            ],
        )
