"""The applications that people use, each in one file: its settings, and its description or its component."""

from typing import Final

from components.apps.archisteamfarm import ArchiSteamFarm
from components.apps.echoserver import EchoServer
from components.apps.filebrowser import FileBrowser
from components.apps.freshrss import FreshRss
from components.apps.immich import Immich
from components.apps.layer import Applications, ApplicationsArgs
from components.apps.n8n import N8n
from components.apps.navidrome import Navidrome
from components.kit import App

APPS: Final[tuple[type[App], ...]] = (
    Navidrome,
    FileBrowser,
    EchoServer,
    N8n,
    Immich,
    FreshRss,
    ArchiSteamFarm,
)
"""Every application, in the order in which they are built and listed."""

__all__ = [
    "APPS",
    "Applications",
    "ApplicationsArgs",
    "ArchiSteamFarm",
    "EchoServer",
    "FileBrowser",
    "FreshRss",
    "Immich",
    "N8n",
    "Navidrome",
]
