"""Immich: the photos of the house."""

from __future__ import annotations

import json
from typing import Final

from components import versions
from components.kit import (
    Cache,
    Call,
    Companion,
    Exemption,
    HostedApp,
    Metrics,
    NfsFolder,
    Oidc,
    OidcFile,
    Postgres,
    Resources,
    RoleClaim,
    Scratch,
    SharedVolume,
    Site,
    TraefikRoute,
    WebApp,
    internet,
)
from components.settings import DatabaseSettings, kinds
from components.vocabulary import ADMINS, USERS

PORT: Final = 2283
MACHINE_LEARNING_PORT: Final = 3003
METRICS_PORT: Final = 8081
MICROSERVICES_METRICS_PORT: Final = 8082
SETTINGS: Final = "/config/immich.json"
CACHE: Final = "/cache"

EXTENSIONS: Final = (
    "CREATE EXTENSION IF NOT EXISTS vchord CASCADE",
    "CREATE EXTENSION IF NOT EXISTS earthdistance CASCADE",
)
"""Only a superuser may create them; the others that Immich needs it creates itself."""

SIGN_IN: Final = Oidc(
    callback="/auth/login",
    # To link an account that is there already, and from the app on a phone.
    more_callbacks=["/user-settings", "app.immich:///oauth-callback"],
    groups=(ADMINS, USERS),
    role=RoleClaim(claim="immich_role", roles={ADMINS: "admin"}, otherwise="user"),
)

FIRST_ADMINISTRATOR: Final = "/api/auth/admin-sign-up"
"""Whoever comes first there is the administrator. It is closed: that is the first of the administrators to sign in."""

UNTRIED: Final = Exemption(
    rule="read-only-root-filesystem", reason="its makers do not say that it runs without writing beside the program"
)


class Immich(HostedApp):
    """Immich, the photos and videos of the house.

    Photos are on NFS and outlive the cluster; what is known of them is in a PostgreSQL of its own, with an extension
    that finds pictures by what is on them. Users come from Authentik. Its settings are here; its own page of settings
    only shows them.
    """

    name, title, label = "immich", "Immich", "chronicle"

    photos_path: kinds.SubPath = "media/photos"
    """Folder of the photos, below the NFS export."""
    photos_size: kinds.Size = "100Gi"
    """Size that the volume of the photos claims; NFS does not enforce it."""
    models_size: kinds.Size = "10Gi"
    """Size of the volume for the models that recognize things and faces, which are fetched anew when it is lost."""
    database: DatabaseSettings = DatabaseSettings(size="20Gi", memory="2Gi")
    """Its database."""
    memory: kinds.Size = "2Gi"
    """Memory that the server asks for, and may take."""
    machine_learning_memory: kinds.Size = "3Gi"
    """Memory that the recognition asks for, and may take."""

    def describe(self, site: Site) -> WebApp:
        return WebApp(
            image=versions.IMMICH,
            port=PORT,
            health_path="/api/server/ping",
            exposure=TraefikRoute(host=self.host, sign_in=SIGN_IN, closed_paths=[FIRST_ADMINISTRATOR]),
            environment={
                "IMMICH_PORT": str(PORT),
                "IMMICH_CONFIG_FILE": SETTINGS,
                "IMMICH_TRUSTED_PROXIES": ",".join(site.pod_cidrs),
                "IMMICH_TELEMETRY_INCLUDE": "all",
                "DB_VECTOR_EXTENSION": "vectorchord",
            },
            uses=[
                OidcFile(path=SETTINGS, text=self._settings),
                NfsFolder(name="photos", path="/data", folder=self.photos_path, size=self.photos_size),
                Scratch(name="temporary", path="/tmp"),  # noqa: S108 - in the pod
                Cache(host="REDIS_HOSTNAME", port="REDIS_PORT"),
                Postgres(
                    settings=self.database,
                    environment={
                        "DB_HOSTNAME": "host",
                        "DB_PORT": "port",
                        "DB_USERNAME": "username",
                        "DB_PASSWORD": "password",
                        "DB_DATABASE_NAME": "dbname",
                    },
                    image=versions.VECTORCHORD,
                    preload=["vchord.so"],
                    after_init=EXTENSIONS,
                ),
                self._machine_learning(),
                Metrics(port=METRICS_PORT),
                # Of what works in the background: thumbnails, transcoding, recognition.
                Metrics(port=MICROSERVICES_METRICS_PORT, name="microservices"),
                # Authentik, by the address that browsers know it by; and map tiles.
                Call(name="internet", target=internet(443)),
            ],
            resources=Resources(cpu="200m", memory=self.memory),
            startup=900,
            exemptions=[UNTRIED],
        )

    def _machine_learning(self) -> Companion:
        return Companion(
            name="machine-learning",
            url="IMMICH_MACHINE_LEARNING_URL",
            image=versions.IMMICH_MACHINE_LEARNING,
            port=MACHINE_LEARNING_PORT,
            health_path="/ping",
            environment={
                "IMMICH_PORT": str(MACHINE_LEARNING_PORT),
                # For whoever is not root: all that it and its libraries would put into a home.
                "HOME": CACHE,
                "TRANSFORMERS_CACHE": CACHE,
                "HF_XET_CACHE": f"{CACHE}/huggingface-xet",
                "MPLCONFIGDIR": f"{CACHE}/matplotlib",
            },
            uses=[
                SharedVolume(name="models", path=CACHE, size=self.models_size, cache=True),
                Scratch(name="temporary", path="/tmp"),  # noqa: S108 - in the pod
                # Where the models are.
                Call(name="internet", target=internet(443)),
            ],
            resources=Resources(cpu="200m", memory=self.machine_learning_memory),
            startup=300,
            exemptions=[UNTRIED],
        )

    def _settings(self, issuer: str, client_id: str, client_secret: str) -> str:
        settings = {
            # It needs a superuser, and the database is archived all the time.
            "backup": {"database": {"enabled": False}},
            "newVersionCheck": {"enabled": False},
            # Nobody has a password, until somebody gives one on the day on which Authentik is down.
            "passwordLogin": {"enabled": True},
            "server": {"externalDomain": f"https://{self.host}"},
            "oauth": {
                "enabled": True,
                "issuerUrl": issuer,
                "clientId": client_id,
                "clientSecret": client_secret,
                "scope": "openid email profile",
                "signingAlgorithm": "RS256",
                "tokenEndpointAuthMethod": "client_secret_post",
                "buttonText": "Authentik",
                "autoLaunch": True,
                "autoRegister": True,
                "roleClaim": SIGN_IN.role.claim if SIGN_IN.role else "",
                "storageLabelClaim": "preferred_username",
            },
        }
        return json.dumps(settings, indent=2, sort_keys=True)
