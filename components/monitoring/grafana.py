"""Grafana: what people look at."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components import versions
from components.kit import (
    CatalogEntry,
    Endpoint,
    Foundation,
    Generated,
    MetricsTarget,
    Mount,
    Namespace,
    Oidc,
    OidcRegistration,
    RelyingParty,
    Resources,
    SecretKey,
    SyncedSecret,
    TraefikRoute,
    Workload,
    WorkloadArgs,
    internet,
    plain,
    synced_item,
)
from components.kit.files import Files, FilesArgs
from components.kit.oidc import CLIENT_ID, CLIENT_SECRET
from components.monitoring.names import ALERTMANAGER_SOURCE, INFLUXDB_SOURCE, LONG_TERM, ORGANISATION, THANOS_SOURCE
from components.summaries import DashboardSummary
from components.vocabulary import ADMINS, USERS

PORT: Final = 3000
USER: Final = 472
"""User id of the image."""

PROVISIONING: Final = "/etc/grafana/provisioning"
DASHBOARDS: Final = "/etc/grafana/dashboards"

METRICS: Final = "/metrics"
"""It asks nobody for a sign-in."""

SIGN_IN: Final = Oidc(callback="/login/generic_oauth", groups=[ADMINS, USERS])

ROLE: Final = f"contains(groups[*], '{ADMINS}') && 'Admin' || contains(groups[*], '{USERS}') && 'Viewer'"
"""As JMESPath over what Authentik says of a user. Whoever is in neither group has no role, and does not get in."""

PASSWORD, KEY = "admin-password", "secret-key"
"""Fields of its item: the password of `admin`, for the day on which Authentik is down, and the key of its database."""

TOKEN: Final = "INFLUX_TOKEN"  # noqa: S105 - a variable's name


@dataclass(frozen=True, kw_only=True)
class GrafanaArgs:
    """Where it is, what it asks, and what it shows."""

    base: Foundation
    namespace: Namespace
    host: str
    register: Callable[[OidcRegistration, pulumi.Resource], SyncedSecret]
    """Makes it known to Authentik, below the given parent; the Secret with its credentials."""
    thanos: Endpoint
    """Thanos Query: everything that any Prometheus has or has had."""
    alertmanager: Endpoint
    influxdb: Endpoint
    token: SecretKey
    """May read InfluxDB's buckets."""
    dashboards: Mapping[str, str]
    """Dashboards as JSON, by names in lower case with dashes; each has its uid in it."""
    home: str
    """Name of the dashboard that people see first."""

    def __post_init__(self) -> None:
        if self.home not in self.dashboards:
            message = f"GrafanaArgs.home: expected one of {', '.join(sorted(self.dashboards))}; got {self.home!r}"
            raise ValueError(message)


class Grafana(pulumi.ComponentResource):
    """Grafana with its datasources and dashboards as files, and a sign-in by Authentik.

    There is nothing in it that matters: its database goes with the pod. A restart signs everybody out and forgets what
    people have set for themselves (theme, stars, history of queries) and what they have saved; a dashboard that is to
    stay becomes a file of the program. So there is one pod: two would each have sessions of their own.
    """

    def __init__(self, name: str, args: GrafanaArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Grafana", name, plain(args), opts)
        self._name, self._args = name, args
        workload = Workload(
            name,
            WorkloadArgs(
                namespace=args.namespace,
                image=args.base.site.image(versions.GRAFANA),
                port=PORT,
                health_path="/api/health",
                environment={**SETTINGS, **self._access(), **self._sign_in(), **self._pages(), TOKEN: args.token},
                mounts=[
                    *self._provisioned("datasources", {"apiVersion": 1, "datasources": _datasources(args)}),
                    *self._provisioned("dashboards", {"apiVersion": 1, "providers": PROVIDERS}),
                    *self._dashboards(),
                    Mount(name="data", path="/var/lib/grafana"),
                    Mount(name="temporary", path="/tmp"),  # noqa: S108 - in the pod
                ],
                resources=Resources(cpu="50m", memory="512Mi"),
                user=USER,
                connects_to={
                    "thanos": args.thanos,
                    "influxdb": args.influxdb,
                    "alertmanager": args.alertmanager,
                    # Authentik, by the address that browsers know it by.
                    "internet": internet(443),
                },
                # It makes its database anew at each start.
                startup=600,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        contributions = args.base.contributions
        contributions.dashboards.add(
            *(
                DashboardSummary(uid=uid, title=json.loads(text).get("title", uid), url=f"https://{args.host}/d/{uid}")
                for uid, text in args.dashboards.items()
            )
        )
        contributions.metrics.add(MetricsTarget(name=name, pods=workload.pods, port="http", path=METRICS))
        contributions.catalog.add(
            CatalogEntry(
                name=name,
                title="Grafana",
                description="Dashboards over metrics, alerts and the long term.",
                namespace=args.namespace,
                endpoint=workload.endpoint,
                exposure=TraefikRoute(host=args.host, sign_in=SIGN_IN, closed_paths=[METRICS]),
            )
        )
        self.register_outputs({})

    def _access(self) -> dict[str, str | SecretKey]:
        """Who gets in without Authentik, and what is in the database only so that Grafana can read it."""
        base = self._args.base
        secret = synced_item(
            self._name,
            store=base.store,
            namespace=self._args.namespace,
            fields={PASSWORD: Generated(), KEY: Generated()},
            parent=self,
        )
        base.contributions.secrets.add(secret)
        return {
            "GF_SECURITY_ADMIN_USER": "admin",
            "GF_SECURITY_ADMIN_PASSWORD": secret.key(PASSWORD),
            "GF_SECURITY_SECRET_KEY": secret.key(KEY),
        }

    def _sign_in(self) -> dict[str, str | SecretKey]:
        args, name = self._args, self._name
        party = RelyingParty(
            name=name, title="Grafana", host=args.host, callback=SIGN_IN.callback, groups=SIGN_IN.groups
        )
        client = args.register(OidcRegistration(party=party, namespace=args.namespace), self)
        endpoints = args.base.site.oidc(name)
        values: dict[str, str | SecretKey] = {
            "ENABLED": "true",
            "NAME": "Authentik",
            "CLIENT_ID": client.key(CLIENT_ID),
            "CLIENT_SECRET": client.key(CLIENT_SECRET),
            # All that is asked of a user is in the token: there is no need to call for more.
            "AUTH_URL": endpoints.authorization,
            "TOKEN_URL": endpoints.token,
            "SCOPES": "openid profile email",
            "LOGIN_ATTRIBUTE_PATH": "preferred_username",
            "ROLE_ATTRIBUTE_PATH": ROLE,
            "ROLE_ATTRIBUTE_STRICT": "true",
            "ALLOW_ASSIGN_GRAFANA_ADMIN": "false",
            "USE_PKCE": "true",
            # Authentik gives none for these scopes, and a session would end with the first token, after minutes.
            "USE_REFRESH_TOKEN": "false",
            # The form stays where it is: /login?disableAutoLogin
            "AUTO_LOGIN": "true",
        }
        return {f"GF_AUTH_GENERIC_OAUTH_{key}": value for key, value in values.items()}

    def _pages(self) -> dict[str, str]:
        return {
            "GF_SERVER_ROOT_URL": f"https://{self._args.host}/",
            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": f"{DASHBOARDS}/{self._args.home}.json",
        }

    def _provisioned(self, what: str, content: Mapping[str, Any]) -> list[Mount]:
        """A file that Grafana reads at its start; JSON is YAML, too."""
        return [self._file(what, f"{PROVISIONING}/{what}", f"{what}.yaml", json.dumps(content, indent=2))]

    def _dashboards(self) -> list[Mount]:
        """Each is an object of its own: one has room for a megabyte."""
        return [
            self._file(f"dashboard-{name}", DASHBOARDS, f"{name}.json", text)
            for name, text in self._args.dashboards.items()
        ]

    def _file(self, what: str, folder: str, label: str, text: str) -> Mount:
        files = Files(
            f"{self._name}-{what}",
            FilesArgs(namespace=self._args.namespace, files={label: text}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return Mount(name=what, path=f"{folder}/{label}", claim=files, read_only=True, sub_path=label)


SETTINGS: Final[Mapping[str, str]] = {
    "GF_LOG_MODE": "console",
    "GF_SECURITY_COOKIE_SECURE": "true",
    # What a user may do is read at each sign-in: one who has left a group is out within a day.
    "GF_AUTH_LOGIN_MAXIMUM_LIFETIME_DURATION": "1d",
    # Alerts are made by Prometheus and told by Alertmanager; its pages only show them.
    "GF_UNIFIED_ALERTING_EXECUTE_ALERTS": "false",
    # Nothing is told to anybody outside, and nothing is fetched from there.
    "GF_ANALYTICS_REPORTING_ENABLED": "false",
    "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
    "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
    "GF_ANALYTICS_FEEDBACK_LINKS_ENABLED": "false",
    "GF_NEWS_NEWS_FEED_ENABLED": "false",
    "GF_SECURITY_DISABLE_GRAVATAR": "true",
    "GF_SNAPSHOTS_EXTERNAL_ENABLED": "false",
    "GF_PUBLIC_DASHBOARDS_ENABLED": "false",
    "GF_PLUGINS_PREINSTALL_DISABLED": "true",
    "GF_PLUGINS_PLUGIN_ADMIN_ENABLED": "false",
}

PROVIDERS: Final[Sequence[Mapping[str, Any]]] = [
    {
        "name": "homelab",
        "folder": "Homelab",
        "type": "file",
        "disableDeletion": True,
        "allowUiUpdates": False,
        "options": {"path": DASHBOARDS},
    }
]


def _datasources(args: GrafanaArgs) -> list[dict[str, Any]]:
    """What dashboards can ask, by fixed uids; nobody can change them on Grafana's pages."""
    sources: list[dict[str, Any]] = [
        {
            "name": "Thanos",
            "uid": THANOS_SOURCE,
            "type": "prometheus",
            "url": args.thanos.url,
            "isDefault": True,
            "jsonData": {"httpMethod": "POST", "prometheusType": "Thanos", "timeInterval": "15s"},
        },
        {
            "name": "InfluxDB",
            "uid": INFLUXDB_SOURCE,
            "type": "influxdb",
            "url": args.influxdb.url,
            "jsonData": {"version": "Flux", "organization": ORGANISATION, "defaultBucket": LONG_TERM},
            "secureJsonData": {"token": f"$__env{{{TOKEN}}}"},
        },
        {
            "name": "Alertmanager",
            "uid": ALERTMANAGER_SOURCE,
            "type": "alertmanager",
            "url": args.alertmanager.url,
            "jsonData": {"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
        },
    ]
    return [{**source, "access": "proxy", "editable": False} for source in sources]
