"""What the stack configuration is made of: the kinds of value, the sections, and the encrypted keys.

Parts of the platform take sections as typed arguments; `components.configuration` puts them together and reads them.
"""

from components.settings.backups import Backups, FileRestore, FileSettings, Outside, Retention
from components.settings.databases import ClusterSettings, DatabaseSettings, DatabasesSettings, Restore, SharedSettings
from components.settings.models import (
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
from components.settings.secrets import SECRET_KEYS, TOKEN_PERMISSIONS, Secrets

__all__ = [
    "SECRET_KEYS",
    "TOKEN_PERMISSIONS",
    "AccessHost",
    "Acme",
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
    "Nfs",
    "Notifications",
    "OnePassword",
    "Outside",
    "Repository",
    "Restore",
    "Retention",
    "Secrets",
    "SharedSettings",
    "StorageClasses",
    "Zone",
]
