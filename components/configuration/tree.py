"""The tree of the stack configuration: the platform's sections and, below `apps`, each application's own settings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import Field, create_model

from components.apps import APPS
from components.kit import App, HostedApp
from components.settings import kinds
from components.settings.backups import Backups
from components.settings.base import Model
from components.settings.databases import DatabaseSettings, DatabasesSettings
from components.settings.models import (
    AccessHost,
    Acme,
    Authentik,
    Cloudflare,
    Cluster,
    GitOpsSettings,
    Hosts,
    OnePassword,
    Zone,
)
from components.settings.monitoring import MonitoringSettings
from components.settings.text import Expected

A = TypeVar("A", bound=App)


class Apps(Model):
    """The applications: each can be switched off, and each runs as it is without a line here."""

    def each(self) -> list[App]:
        """Every application's settings, in the order in which the applications are listed."""
        return [getattr(self, name) for name in type(self).model_fields]

    def with_shared_database(self) -> list[str]:
        """Names of the applications that have their database in the shared cluster, or left its data there."""
        return [
            app.name
            for app in self.each()
            if app.enabled or app.data != "removed"
            for key in type(app).model_fields
            if isinstance(value := getattr(app, key), DatabaseSettings) and value.where == "shared"
        ]

    def app(self, kind: type[A]) -> A:
        """The settings of one application.

        Raises:
            StopIteration: it is not among them.
        """
        return next(app for app in self.each() if isinstance(app, kind))


class Settings(Model):
    """Everything about a homelab that is not secret and differs from one homelab to the next."""

    name: kinds.HomeName | None = None
    """What this homelab is called, if another one shares its Cloudflare account, its 1Password vault or its Git
    repository: tunnels, items and states of commits there are named after it. The only one needs no name. Give it
    before the first update: later it renames what is in use."""
    zones: Annotated[
        dict[kinds.Domain, Zone],
        Field(min_length=1),
        Expected(expected="at least one DNS zone by its domain, such as harvestasya.org"),
    ]
    """DNS zones in Cloudflare, by domain."""
    hosts: Hosts
    """Host names of the platform's own pages."""
    cluster: Cluster
    """Kubernetes cluster and network."""
    cloudflare: Cloudflare
    """Cloudflare account."""
    onepassword: OnePassword
    """1Password vault."""
    authentik: Authentik = Authentik()
    """Identity provider."""
    access: Annotated[
        dict[kinds.Host, AccessHost],
        Field(default={}, max_length=500),
        Expected(expected="services by host, such as ssh.harvestasya.org, 500 at most (Cloudflare has no more)"),
    ]
    """Services at home behind Cloudflare Access, by host: one line each."""
    acme: Acme
    """Let's Encrypt account."""
    gitops: GitOpsSettings = GitOpsSettings()
    """Delivery of workloads from a Git repository."""
    availability: Literal["single", "high"] = "single"
    """`high` runs two pods of what every request passes through, so that a node may fail."""
    databases: DatabasesSettings = DatabasesSettings()
    """What all databases have in common, and the shared one."""
    monitoring: MonitoringSettings = MonitoringSettings()
    """Metrics, and who is told what is wrong."""
    backups: Backups = Backups()
    """Backups of files: how long they are kept, and the copy outside the house."""
    registry_mirror: kinds.Mirror | None = None
    """Mirror of the public image registries; images are pulled from <mirror>/<registry>/<image>."""
    apps: Apps = Apps()
    """Switches, hosts and sizes of the applications."""

    @classmethod
    def apps_model(cls) -> type[Apps]:
        """The model of `apps`."""
        return cast("type[Apps]", cls.model_fields["apps"].annotation)

    @property
    def replicas(self) -> int:
        """Number of pods of whatever every request passes through."""
        return 2 if self.availability == "high" else 1

    @property
    def authentik_url(self) -> str:
        """Where browsers and other services find Authentik, without a trailing slash: the issuer of its tokens."""
        return f"https://{self.hosts.authentik}"

    @property
    def authentik_api_url(self) -> str:
        """Where this program reaches Authentik, without a trailing slash."""
        return self.authentik.url or self.authentik_url


def settings_model(apps: Sequence[type[App]] = APPS) -> type[Settings]:
    """The tree with these applications' settings below `apps`, each under the application's name."""
    return _settings_model(tuple(apps))


@cache
def _settings_model(apps: tuple[type[App], ...]) -> type[Settings]:
    # By the name itself, which is no word in camel case: n8n would become n8N.
    fields: dict[str, Any] = {app.name: (app, Field(default=app(), alias=app.name)) for app in apps}
    own = create_model("Apps", __base__=Apps, __doc__=Apps.__doc__, **fields)
    whole: dict[str, Any] = {"apps": (own, own())}
    return create_model("Settings", __base__=Settings, __doc__=Settings.__doc__, **whole)


def with_default_hosts(settings: Settings) -> Settings:
    """The settings, in which whatever has a host of its own has one, by default in the first zone."""
    zone = next(iter(settings.zones))
    hosts = {
        app.name: app.model_copy(update={"host": app.host or app.default_host(zone)})
        for app in settings.apps.each()
        if isinstance(app, HostedApp)
    }
    apps = settings.apps.model_copy(update=hosts)
    return settings.model_copy(update={"apps": apps, "hosts": settings.hosts.in_zone(zone)})
