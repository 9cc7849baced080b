"""n8n: workflows that call services and are called by them."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from components import versions
from components.kit import (
    Call,
    Exemption,
    ForwardAuth,
    Generated,
    HostedApp,
    Metrics,
    Postgres,
    Resources,
    Scratch,
    Site,
    TraefikRoute,
    Use,
    VaultSecret,
    Volume,
    WebApp,
    internet,
)
from components.settings import DatabaseSettings, kinds
from components.settings.text import Expected
from components.vocabulary import ADMINS

PORT: Final = 5678

OPEN_PATHS: Final = (
    "/webhook/",
    "/webhook-waiting/",
    "/form/",
    "/form-waiting/",
    "/rest/oauth1-credential/callback",
    "/rest/oauth2-credential/callback",
)
"""What others call: workflows by their webhooks and forms, and services that a workflow was let into."""
OPEN_PATHS_REASON: Final = (
    "services that call a webhook and people who fill in a form have no account here, and the workflow asks for what "
    "credentials it wants; a service's answer to a sign-in is only taken with the state that n8n has given it"
)
METRICS: Final = Metrics()
"""On the port of the editor, and they ask nobody."""

PROXIES: Final = 2
"""Between a visitor and n8n: Cloudflare, or the tunnel, and Traefik. It finds the visitor's address by that number."""


class N8n(HostedApp):
    """n8n, workflows that call services and are called by them.

    Its editor is for administrators: a workflow may do what n8n may. What it stores of services' credentials is
    encrypted by a key that 1Password made up once, and that nothing can bring back.
    """

    name, title, label = "n8n", "n8n", "reyvateils"

    database: DatabaseSettings = DatabaseSettings(size="1Gi")
    """Its database, with workflows, credentials and what came of executions."""
    data_size: kinds.Size = "1Gi"
    """Size of the volume for its settings and for nodes that were added by hand."""
    memory: kinds.Size = "1Gi"
    """Memory that it asks for, and may take."""
    timezone: kinds.TimeZone = "Etc/UTC"
    """Time zone of its workflows' schedules."""
    internet_ports: Annotated[
        tuple[kinds.Port, ...],
        Field(max_length=50),
        Expected(expected="a list of ports such as [443, 587]"),
    ] = (443,)
    """Ports at which workflows may call the internet; none means that they may not."""

    def describe(self, site: Site) -> WebApp:
        url = f"https://{self.host}/"
        sign_in = ForwardAuth(group=ADMINS, open_paths=OPEN_PATHS, open_paths_reason=OPEN_PATHS_REASON)
        return WebApp(
            image=versions.N8N,
            port=PORT,
            health_path="/healthz",
            exposure=TraefikRoute(host=self.host, sign_in=sign_in, closed_paths=[METRICS.path]),
            environment={
                "N8N_PORT": str(PORT),
                "N8N_HOST": self.host,
                "N8N_PROTOCOL": "https",
                "N8N_PROXY_HOPS": str(PROXIES),
                "N8N_EDITOR_BASE_URL": url,
                "WEBHOOK_URL": url,
                "DB_TYPE": "postgresdb",
                "GENERIC_TIMEZONE": self.timezone,
                "TZ": self.timezone,
                "N8N_METRICS": "true",
                # Code of workflows in a process of its own, beside the one that has the database's password.
                "N8N_RUNNERS_ENABLED": "true",
                "N8N_RUNNERS_MODE": "internal",
                "N8N_DIAGNOSTICS_ENABLED": "false",
                "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
            },
            uses=[
                Postgres(
                    settings=self.database,
                    environment={
                        "DB_POSTGRESDB_HOST": "host",
                        "DB_POSTGRESDB_PORT": "port",
                        "DB_POSTGRESDB_DATABASE": "dbname",
                        "DB_POSTGRESDB_USER": "username",
                        "DB_POSTGRESDB_PASSWORD": "password",
                    },
                ),
                VaultSecret(name="encryption", environment={"N8N_ENCRYPTION_KEY": Generated(length=64, lasting=True)}),
                Volume(name="data", path="/home/node/.n8n", size=self.data_size),
                Scratch(name="cache", path="/home/node/.cache"),
                Scratch(name="temporary", path="/tmp"),  # noqa: S108 - in the pod
                METRICS,
                *self._calls(),
            ],
            resources=Resources(cpu="50m", memory=self.memory),
            startup=600,
            exemptions=[
                Exemption(
                    rule="read-only-root-filesystem",
                    reason="its makers leave the filesystem writable on purpose: nodes write beside the program",
                )
            ],
        )

    def _calls(self) -> list[Use]:
        return [Call(name="internet", target=internet(*self.internet_ports))] if self.internet_ports else []
