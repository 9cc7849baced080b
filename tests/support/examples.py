"""Applications that are not part of the platform: the guide's, and one that uses everything."""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from components import versions
from components.kit import (
    App,
    Cache,
    Call,
    Exemption,
    Generated,
    HostedApp,
    Metrics,
    NfsFolder,
    Oidc,
    OidcCredentials,
    Postgres,
    Scratch,
    Site,
    TraefikRoute,
    VaultSecret,
    Volume,
    WebApp,
    internet,
)
from components.settings import DatabaseSettings
from components.vocabulary import ADMINS, USERS

GUIDE = Path(__file__).parents[2] / "docs" / "add-an-application.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)

GITOPS: Final[dict[str, Any]] = {
    "repository": {"url": "https://github.com/owner/name", "item": "abcdefghijklmnopqrstuvwxyz"},
    "previews": True,
    "notifications": {
        "item": "zyxwvutsrqponmlkjihgfedcba",
        "discord": True,
        "github": {"appId": 1, "installationId": 2},
    },
}
"""Delivery from a private repository, with everything that there is."""

BACKUPS: Final[dict[str, Any]] = {
    "outside": {
        "endpoint": "https://s3.eu-central-1.example.net",
        "bucket": "homelab-backup",
        "region": "eu-central-1",
        "item": "abcdefghijklmnopqrstuvwxy2",
        "exclude": ["media/music"],
    },
}
"""A copy outside the house, with everything that there is."""

MONITORING: Final[dict[str, Any]] = {
    "alerts": {"item": "abcdefghijklmnopqrstuvwxy3", "discord": True, "watchdog": True},
    "remo": {"item": "abcdefghijklmnopqrstuvwxy4"},
    "runbooks": "https://github.com/owner/name/blob/main",
}
"""Monitoring of rooms too, and everybody is told."""

RESTORED: Final = "2026-11-20T03:15:00Z"
"""A moment to which Navidrome's files were restored."""


def guide_blocks() -> tuple[str, str]:
    """The guide's example: the lines for `versions.py`, and the file of the application."""
    pin, app = BLOCK.findall(GUIDE.read_text(encoding="utf-8"))
    return pin, app


@contextmanager
def guide_app() -> Iterator[type[HostedApp]]:
    """The guide's application, as if its pin and its file were in the program."""
    pin, text = guide_blocks()
    before = dict(vars(versions))
    module = types.ModuleType("components.apps.memos")
    sys.modules[module.__name__] = module
    try:
        exec(pin, vars(versions))  # noqa: S102 - the guide's own text
        exec(text, vars(module))  # noqa: S102 - the guide's own text
        yield next(item for name, item in vars(module).items() if name == "Memos")
    finally:
        del sys.modules[module.__name__]
        for name in set(vars(versions)) - set(before):
            delattr(versions, name)


class Everything(HostedApp):
    """Uses everything that there is to use."""

    name, title = "everything", "Everything"

    database: DatabaseSettings = DatabaseSettings()

    def describe(self, site: Site) -> WebApp:  # noqa: ARG002
        return WebApp(
            image=versions.ECHO_SERVER,
            port=8080,
            health_path="/",
            exposure=TraefikRoute(host=self.host, sign_in=Oidc(callback="/callback", groups=[ADMINS, USERS])),
            environment={"PORT": "8080"},
            uses=[
                Volume(name="data", path="/data", size="1Gi"),
                NfsFolder(name="photos", path="/photos", folder="media/photos", size="10Gi"),
                Scratch(name="temporary", path="/temporary"),
                Call(name="feeds", target=internet(443)),
                VaultSecret(name="keys", environment={"ENCRYPTION_KEY": Generated(length=32)}),
                OidcCredentials(issuer="OIDC_ISSUER", client_id="OIDC_ID", client_secret="OIDC_SECRET"),
                Cache(host="REDIS_HOST", port="REDIS_PORT"),
                Metrics(port=9102),
                Postgres(
                    settings=self.database,
                    environment={"DB_HOST": "host", "DB_USER": "username", "DB_PASS": "password"},
                ),
            ],
            replicas=2,
            user=1001,
            exemptions=[Exemption(rule="read-only-root-filesystem", reason="it unpacks itself at its start")],
        )


class Sharing(App):
    """Has its database in the shared cluster."""

    name, title = "sharing", "Sharing"

    database: DatabaseSettings = DatabaseSettings(where="shared")

    def describe(self, site: Site) -> WebApp:  # noqa: ARG002
        return WebApp(
            image=versions.ECHO_SERVER,
            port=8080,
            health_path="/",
            uses=[
                Postgres(
                    settings=self.database,
                    environment={"DB_HOST": "host", "DB_NAME": "dbname", "DB_USER": "username", "DB_PASS": "password"},
                )
            ],
        )
