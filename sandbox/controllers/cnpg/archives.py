"""Whether an archive can be entered: its ObjectStore, the credentials, and the way to the gateway, if it is in here.

An endpoint that is no Service of the cluster counts as there, and so does a bucket.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from sandbox import kube
from sandbox.controllers.cnpg import names, sidecar
from sandbox.controllers.cnpg.cluster import Archive, Cluster
from sandbox.controllers.hub import Hub

LABEL = "kubernetes.io/service-name"


def stores_of(hub: Hub, cluster: Cluster) -> tuple[list[kube.Object], list[str]]:
    """The ObjectStores that a Cluster names, that of its own archive first, and the names of those that are missing."""
    wanted = dict.fromkeys(archive.store for archive in (cluster.archive, cluster.source) if archive)
    found = {name: hub.get(*names.STORE, name, cluster.namespace) for name in wanted}
    return [store for store in found.values() if store], [name for name, store in found.items() if store is None]


def problem_of(hub: Hub, store: kube.Object) -> str:
    """Why an ObjectStore cannot be entered; empty if it can."""
    namespace = store["metadata"]["namespace"]
    for name, key in sidecar.credentials(store):
        secret = hub.get(*names.SECRET, name, namespace)
        if secret is None:
            return f'while getting secret {name}: secrets "{name}" not found'
        if key not in (secret.get("data") or {}):
            return f"missing key {key}, inside secret {name}"
    authority = store["spec"]["configuration"].get("endpointCA")
    if authority:
        secret = hub.get(*names.SECRET, authority["name"], namespace) or {}
        if authority["key"] not in (secret.get("data") or {}):
            return f"missing key {authority['key']}, inside secret {authority['name']}"
    endpoint = str(store["spec"]["configuration"].get("endpointURL") or "")
    return "" if _answers(hub, endpoint, namespace) else f'Could not connect to the endpoint URL: "{endpoint}"'


def _answers(hub: Hub, endpoint: str, namespace: str) -> bool:
    """Whether somebody listens behind an address in the cluster."""
    try:
        url = urlsplit(endpoint)
        port = url.port or (443 if url.scheme == "https" else 80)
    except ValueError:
        return False
    labels = (url.hostname or "").split(".")
    if len(labels) > 2 and labels[2] != "svc":
        return True
    name, space = labels[0], labels[1] if len(labels) > 1 else namespace
    if not name:
        return True
    service = hub.get(*names.SERVICE, name, space)
    if service is None:
        return len(labels) == 2 and not _is_namespace(hub, space)
    if port not in {item["port"] for item in service["spec"].get("ports") or []}:
        return False
    return any(
        (endpoint.get("conditions") or {}).get("ready")
        for part in hub.list(*names.ENDPOINTS, space)
        if (part["metadata"].get("labels") or {}).get(LABEL) == name
        for endpoint in part.get("endpoints") or []
    )


def _is_namespace(hub: Hub, name: str) -> bool:
    return hub.get("v1", "Namespace", name) is not None


def recovery_problem(hub: Hub, cluster: Cluster, stores: Iterable[kube.Object]) -> str:
    """Why a Cluster cannot be recovered from its source; empty if it can, as far as is known."""
    method, options = cluster.bootstrap
    if method != "recovery":
        return ""
    by_name = {store["metadata"]["name"]: store for store in stores}
    source = cluster.source
    if source is None:
        return f"external cluster {options.get('source')} has no archive of the Barman Cloud plugin"
    for store in by_name.values():
        problem = problem_of(hub, store)
        if problem:
            return problem
    own = cluster.archive
    if own and _place(by_name[own.store], own) == _place(by_name[source.store], source):
        return f"WAL archive check failed for server {own.server}: Expected empty archive"
    return _target_problem(options.get("recoveryTarget") or {}, by_name[source.store], source)


def _place(store: Mapping[str, Any], archive: Archive) -> tuple[str, str, str]:
    given = store["spec"]["configuration"]
    return str(given.get("endpointURL")), str(given.get("destinationPath")).rstrip("/"), archive.server


def _target_problem(target: Mapping[str, Any], store: Mapping[str, Any], source: Archive) -> str:
    """What is known of the moment: whether it is still to come, or before the oldest backup that was taken here."""
    moment = _moment(target.get("targetTime"))
    if moment is None:
        return ""
    if moment > datetime.now(UTC):
        return "recovery ended before configured recovery target was reached"
    window = ((store.get("status") or {}).get("serverRecoveryWindow") or {}).get(source.server) or {}
    first = _moment(window.get("firstRecoverabilityPoint"))
    return "no target backup found" if first and moment < first else ""


def _moment(text: Any) -> datetime | None:
    """A moment, in UTC unless it says otherwise; None if there is none."""
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
