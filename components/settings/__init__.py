"""What the stack configuration is made of: the kinds of value, the sections, and the encrypted keys.

Parts of the platform take sections as typed arguments; `components.configuration` puts them together and reads them.
"""

from components.settings.backups import Backups, FileRestore, FileSettings, Outside, Retention
from components.settings.databases import ClusterSettings, DatabaseSettings, DatabasesSettings, Restore, SharedSettings
from components.settings.models import (
    DEFAULT_LABELS,
    AccessHost,
    Acme,
    AppSettings,
    Authentik,
    Cloudflare,
    Cluster,
    GitHubApp,
    GitOpsSettings,
    Hosts,
    Nfs,
    Notifications,
    OnePassword,
    Repository,
    StorageClasses,
    Zone,
)
from components.settings.monitoring import (
    Alerts,
    InfluxDbSettings,
    MonitoringSettings,
    PrometheusSettings,
    Remo,
    ThanosSettings,
)
from components.settings.secrets import SECRET_KEYS, TOKEN_PERMISSIONS, Secrets

__all__ = [
    "DEFAULT_LABELS",
    "SECRET_KEYS",
    "TOKEN_PERMISSIONS",
    "AccessHost",
    "Acme",
    "Alerts",
    "AppSettings",
    "Authentik",
    "Backups",
    "Cloudflare",
    "Cluster",
    "ClusterSettings",
    "DatabaseSettings",
    "DatabasesSettings",
    "FileRestore",
    "FileSettings",
    "GitHubApp",
    "GitOpsSettings",
    "Hosts",
    "InfluxDbSettings",
    "MonitoringSettings",
    "Nfs",
    "Notifications",
    "OnePassword",
    "Outside",
    "PrometheusSettings",
    "Remo",
    "Repository",
    "Restore",
    "Retention",
    "Secrets",
    "SharedSettings",
    "StorageClasses",
    "ThanosSettings",
    "Zone",
]
