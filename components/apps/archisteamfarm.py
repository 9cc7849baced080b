"""ArchiSteamFarm: it farms cards of Steam's games."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from pydantic import Field

from components import versions
from components.kit import (
    Call,
    ForwardAuth,
    Generated,
    HostedApp,
    PlainFile,
    Resources,
    Scratch,
    Site,
    TraefikRoute,
    Use,
    VaultFile,
    Volume,
    WebApp,
    internet,
)
from components.settings import kinds
from components.vocabulary import ADMINS

PORT: Final = 1242
CONFIG: Final = "/app/config"

STEAM_PORTS: Final = (443, 27017, 27018, 27019)
"""Of Steam's pages and of the servers that clients are connected to."""

PASSWORD: Final = "ipc-password"  # noqa: S105 - a label


class ArchiSteamFarm(HostedApp):
    """ArchiSteamFarm, which farms cards of Steam's games.

    Whoever can use it can use the accounts: beside Authentik's sign-in, it asks for a password from 1Password (item
    `archisteamfarm-ipc`). Accounts are added on its page and are on its volume; its own settings are here.
    """

    name, title = "archisteamfarm", "ArchiSteamFarm"

    enabled: bool = Field(default=False, strict=True)
    """Whether it is on; without a Steam account there is nothing that it could do."""
    data_size: kinds.Size = "1Gi"
    """Size of the volume for accounts and for what it knows of them."""

    def describe(self, site: Site) -> WebApp:
        return WebApp(
            image=versions.ARCHISTEAMFARM,
            port=PORT,
            health_path="/",
            exposure=TraefikRoute(host=self.host, sign_in=ForwardAuth(group=ADMINS)),
            uses=[
                Volume(name="data", path=CONFIG, size=self.data_size),
                *self._files(site),
                Scratch(name="logs", path="/app/logs"),
                Scratch(name="temporary", path="/tmp"),  # noqa: S108 - in the pod
                Call(name="steam", target=internet(*STEAM_PORTS)),
            ],
            resources=Resources(cpu="20m", memory="256Mi"),
        )

    def _files(self, site: Site) -> list[Use]:
        def program(secrets: Mapping[str, str]) -> str:
            # Its image is pinned, and nobody is there whom it could ask.
            return json.dumps({"Headless": True, "IPCPassword": secrets[PASSWORD], "UpdateChannel": 0}, indent=2)

        # By itself it listens to its own machine only. Traefik is in the pod network, and is believed what it says of a
        # visitor's address.
        endpoints = {"HTTP": {"Url": f"http://*:{PORT}"}}
        interface = {"Kestrel": {"Endpoints": endpoints, "KnownNetworks": list(site.pod_cidrs)}}
        return [
            VaultFile(name="ipc", path=f"{CONFIG}/ASF.json", secrets={PASSWORD: Generated(length=40)}, text=program),
            PlainFile(name="interface", path=f"{CONFIG}/IPC.config", text=json.dumps(interface, indent=2)),
        ]
