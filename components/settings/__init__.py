"""The typed stack configuration: what `Pulumi.<stack>.yaml` may say, read once and checked whole.

`load` is for the program, `parse` for whoever has the keys in hand; `components.settings.schema` writes the JSON Schema
that editors read.
"""

from components.settings.models import (
    AccessHost,
    Acme,
    Apps,
    Authentik,
    Cloudflare,
    Cluster,
    EchoServer,
    FileBrowser,
    Hosts,
    Navidrome,
    Nfs,
    OnePassword,
    Settings,
    StorageClasses,
    Zone,
)
from components.settings.problems import SettingsError
from components.settings.secrets import SECRET_KEYS, Secrets
from components.settings.stack import Configuration, load, parse

__all__ = [
    "SECRET_KEYS",
    "AccessHost",
    "Acme",
    "Apps",
    "Authentik",
    "Cloudflare",
    "Cluster",
    "Configuration",
    "EchoServer",
    "FileBrowser",
    "Hosts",
    "Navidrome",
    "Nfs",
    "OnePassword",
    "Secrets",
    "Settings",
    "SettingsError",
    "StorageClasses",
    "Zone",
    "load",
    "parse",
]
