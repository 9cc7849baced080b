"""A database of the platform's and its archive, as the live objects have them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from drills import pods
from drills.errors import DrillError
from sandbox import kube
from sandbox.controllers.objects import decoded

CLUSTERS: Final = "postgresql.cnpg.io/v1"
STORES: Final = "barmancloud.cnpg.io/v1"
PLUGIN: Final = "barman-cloud.cloudnative-pg.io"
PREFERRED: Final = ("n8n-db", "immich-db")
"""An app's own database first; without one, whichever there is."""


@dataclass(frozen=True, kw_only=True)
class Database:
    """A Cluster that archives, and what it archives to."""

    cluster: kube.Object
    store: kube.Object
    gateway: kube.Object
    """The workload behind the ObjectStore's endpoint."""
    credentials: Mapping[str, str] = field(repr=False)
    """In the environment of whoever archives."""

    @property
    def name(self) -> str:
        """The Cluster's."""
        return str(self.cluster["metadata"]["name"])

    @property
    def namespace(self) -> str:
        """Of all its parts."""
        return str(self.cluster["metadata"]["namespace"])

    @property
    def server(self) -> str:
        """Its name in the archive."""
        return str(_parameters(self.cluster).get("serverName") or self.name)

    @property
    def initdb(self) -> Mapping[str, Any]:
        """How it was made."""
        found: Mapping[str, Any] = self.cluster["spec"]["bootstrap"]["initdb"]
        return found

    @property
    def parameters(self) -> Mapping[str, str]:
        """Of PostgreSQL."""
        return (self.cluster["spec"].get("postgresql") or {}).get("parameters") or {}

    @property
    def bucket(self) -> str:
        """Where the archive is."""
        return str(urlsplit(self.store["spec"]["configuration"]["destinationPath"]).netloc)


def find(cluster: kube.Client) -> Database:
    """The database to drill with.

    Raises:
        DrillError: no Cluster archives, or what it refers to is not there.
    """
    clusters = [found for found in cluster.list(CLUSTERS, "Cluster") if _is_whole(found)]
    if not clusters:
        message = f"no Cluster that archives by {PLUGIN}: expected one in the sandbox"
        raise DrillError(message)
    first = min(clusters, key=lambda found: (_rank(found["metadata"]["name"]), found["metadata"]["name"]))
    return of(cluster, first)


def of(cluster: kube.Client, database: kube.Object) -> Database:
    """A Cluster with its archive.

    Raises:
        DrillError: what it refers to is not there.
    """
    namespace = database["metadata"]["namespace"]
    name = _parameters(database).get("barmanObjectName", "")
    store = cluster.get(STORES, "ObjectStore", name, namespace)
    if store is None:
        message = f"ObjectStore {namespace}/{name}: not found"
        raise DrillError(message)
    service, _, rest = (urlsplit(store["spec"]["configuration"]["endpointURL"]).hostname or "").partition(".")
    return Database(
        cluster=database,
        store=store,
        gateway=pods.behind(cluster, rest.partition(".")[0] or namespace, service),
        credentials=credentials(cluster, store),
    )


def credentials(cluster: kube.Client, store: kube.Object) -> dict[str, str]:
    """The credentials that an ObjectStore names.

    Raises:
        DrillError: a Secret or a key of it is not there.
    """
    found: dict[str, str] = {}
    references = store["spec"]["configuration"]["s3Credentials"]
    for variable, key in (("AWS_ACCESS_KEY_ID", "accessKeyId"), ("AWS_SECRET_ACCESS_KEY", "secretAccessKey")):
        reference, namespace = references[key], store["metadata"]["namespace"]
        secret = cluster.get("v1", "Secret", reference["name"], namespace)
        value = decoded(secret, reference["key"]) if secret else None
        if not value:
            message = f"Secret {namespace}/{reference['name']}: no key {reference['key']}"
            raise DrillError(message)
        found[variable] = value
    return found


def _is_whole(cluster: kube.Object) -> bool:
    """Whether it was made empty, and archives: one that was restored has its beginning elsewhere."""
    return bool((cluster["spec"].get("bootstrap") or {}).get("initdb")) and bool(_parameters(cluster))


def _parameters(cluster: kube.Object) -> Mapping[str, str]:
    plugins = cluster["spec"].get("plugins") or []
    return next((plugin.get("parameters") or {} for plugin in plugins if plugin["name"] == PLUGIN), {})


def _rank(name: str) -> int:
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)
