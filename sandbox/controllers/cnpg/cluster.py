"""A Cluster as the operator reads it, with the defaults that its webhook fills in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.cnpg import names
from sandbox.controllers.objects import notes_of, owner_of

DEFAULT_DATABASE: Final = "app"
DEFAULT_IMAGE: Final = "ghcr.io/cloudnative-pg/postgresql:18.1-system-trixie"
DEFAULT_UID: Final = 26
MAJOR: Final = re.compile(r":(\d+)")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """An archive of WAL and backups: an ObjectStore, and the name of one cluster in it."""

    store: str
    server: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """What somebody wants of a database cluster."""

    obj: kube.Object
    config: Mapping[str, str] = field(default_factory=dict)
    """The operator's own configuration."""

    @property
    def name(self) -> str:
        """Its name, with which those of everything that it has begin."""
        return str(self.obj["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Where it and everything that it has live."""
        return str(self.obj["metadata"]["namespace"])

    @property
    def spec(self) -> Mapping[str, Any]:
        """What is wanted."""
        found: Mapping[str, Any] = self.obj["spec"]
        return found

    @property
    def status(self) -> Mapping[str, Any]:
        """What was last said of it."""
        found: Mapping[str, Any] = self.obj.get("status") or {}
        return found

    @property
    def image(self) -> str:
        """Image of PostgreSQL."""
        return str(self.spec.get("imageName") or self.config.get("POSTGRES_IMAGE_NAME") or DEFAULT_IMAGE)

    @property
    def major(self) -> str:
        """PostgreSQL's major version, as the tag of the image says."""
        found = MAJOR.search(self.image)
        return found.group(1) if found else ""

    @property
    def instances(self) -> int:
        """How many there are to be."""
        return int(self.spec.get("instances", 1))

    @cached_property
    def bootstrap(self) -> tuple[str, Mapping[str, Any]]:
        """How the first instance comes about, and the options of that way."""
        given = self.spec.get("bootstrap") or {}
        for method in ("recovery", "pg_basebackup"):
            if given.get(method) is not None:
                return method, given[method]
        return "initdb", given.get("initdb") or {}

    @property
    def database(self) -> str:
        """The application's database."""
        return str(self.bootstrap[1].get("database") or DEFAULT_DATABASE)

    @property
    def owner(self) -> str:
        """The application's user."""
        return str(self.bootstrap[1].get("owner") or self.database)

    @property
    def own_secret(self) -> str:
        """The Secret that somebody has made for the application's user; empty if the operator makes one."""
        return str((self.bootstrap[1].get("secret") or {}).get("name") or "")

    @property
    def app_secret(self) -> str:
        """The Secret of the application's user."""
        return self.own_secret or f"{self.name}-app"

    @property
    def plugins(self) -> list[str]:
        """The names of the plugins that it needs."""
        own = [plugin for plugin in self.spec.get("plugins") or [] if plugin.get("enabled", True)]
        others = [item["plugin"] for item in self.spec.get("externalClusters") or [] if item.get("plugin")]
        return list(dict.fromkeys(plugin["name"] for plugin in (*own, *others) if plugin.get("enabled", True)))

    @property
    def archive(self) -> Archive | None:
        """Where it puts its WAL and backups, if it has such a place."""
        for plugin in self.spec.get("plugins") or []:
            if plugin["name"] == names.PLUGIN and plugin.get("enabled", True):
                return self._archive(plugin)
        return None

    @property
    def archives_wal(self) -> bool:
        """Whether the plugin archives, and does not only back up."""
        plugins = self.spec.get("plugins") or []
        return any(plugin["name"] == names.PLUGIN and plugin.get("isWALArchiver") for plugin in plugins)

    @property
    def source(self) -> Archive | None:
        """What it is recovered from, if it is."""
        method, options = self.bootstrap
        if method != "recovery":
            return None
        for item in self.spec.get("externalClusters") or []:
            plugin = item.get("plugin") or {}
            if item["name"] == options.get("source") and plugin.get("name") == names.PLUGIN:
                return self._archive(plugin)
        return None

    def _archive(self, plugin: Mapping[str, Any]) -> Archive | None:
        parameters = plugin.get("parameters") or {}
        store = parameters.get("barmanObjectName")
        return Archive(store=store, server=parameters.get("serverName") or self.name) if store else None

    @property
    def labels(self) -> dict[str, str]:
        """By what its parts are known."""
        return {
            names.OF_CLUSTER: self.name,
            "app.kubernetes.io/name": "postgresql",
            "app.kubernetes.io/instance": self.name,
            "app.kubernetes.io/version": self.major,
            "app.kubernetes.io/component": "database",
            "app.kubernetes.io/managed-by": names.MANAGER,
        }

    def meta(
        self, name: str, labels: Mapping[str, str] | None = None, notes: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Metadata of something that belongs to it, with what such things inherit."""
        fixed = self.spec.get("inheritedMetadata") or {}
        own_labels, own_notes = self.obj["metadata"].get("labels") or {}, notes_of(self.obj)
        inherited = {key: own_labels[key] for key in self._words("INHERITED_LABELS") if key in own_labels}
        noted = {key: own_notes[key] for key in self._words("INHERITED_ANNOTATIONS") if key in own_notes}
        return {
            "name": name,
            "namespace": self.namespace,
            "labels": {
                **inherited,
                **(fixed.get("labels") or {}),
                "app.kubernetes.io/managed-by": names.MANAGER,
                names.OF_CLUSTER: self.name,
                **(labels or {}),
            },
            "annotations": {**noted, **(fixed.get("annotations") or {}), **(notes or {})},
            "ownerReferences": [owner_of(self.obj, controller=True)],
        }

    def _words(self, key: str) -> list[str]:
        return [word.strip() for word in self.config.get(key, "").split(",") if word.strip()]
