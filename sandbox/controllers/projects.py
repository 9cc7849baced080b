"""What an AppProject permits an Application to do, in Argo CD's words.

Not covered: sync windows, roles, signature keys, orphaned resources, destinations by service account.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

SERVER: Final = "https://kubernetes.default.svc"
"""The cluster that Argo CD runs in, by address."""
IN_CLUSTER: Final = "in-cluster"
"""The same cluster by name."""

Object = Mapping[str, Any]


def sources_of(application: Object) -> list[Object]:
    """Where an Application's objects come from: `sources` stand before `source`, as in Argo CD."""
    spec = application["spec"]
    return list(spec.get("sources") or [spec.get("source") or {}])


def application_problem(application: Object, project: Object | None) -> str | None:
    """Why the Application may not be deployed at all, None if it may."""
    spec = application["spec"]
    name = spec.get("project") or "default"
    if project is None:
        return f"Application referencing project {name} which does not exist"
    destination = spec.get("destination") or {}
    repositories = [source.get("repoURL", "") for source in sources_of(application)]
    namespace = destination.get("namespace", "")
    problem = _cluster_problem(destination)
    permitted = project["spec"].get("sourceRepos") or []
    refused = [repository for repository in repositories if not _permitted(permitted, repository)]
    if problem is None and refused:
        problem = f"application repo {refused[0]} is not permitted in project '{name}'"
    if problem is None and not namespace_permitted(project, namespace):
        problem = (
            f"application destination server '{SERVER}' and namespace '{namespace}' do not match any of the allowed "
            f"destinations in project '{name}'"
        )
    return problem


def _cluster_problem(destination: Object) -> str | None:
    server, name = destination.get("server"), destination.get("name")
    if server and name:
        return "application destination can't have both name and server defined"
    if not server and not name:
        return "Destination server missing from app spec"
    if server not in (None, SERVER) or name not in (None, IN_CLUSTER):
        return f"there are no clusters with this name or address: {server or name}"
    return None


def object_problem(project: Object, obj: Object, *, namespaced: bool) -> str | None:
    """Why one object of an Application may not be deployed, None if it may."""
    spec, name = project["spec"], project["metadata"]["name"]
    group = obj["apiVersion"].rpartition("/")[0]
    kind = obj["kind"]
    if namespaced:
        white = spec.get("namespaceResourceWhitelist")
        allowed = white is None or _listed(white, group, kind)
        denied = _listed(spec.get("namespaceResourceBlacklist") or [], group, kind)
    else:
        allowed = _listed(spec.get("clusterResourceWhitelist") or [], group, kind)
        denied = _listed(spec.get("clusterResourceBlacklist") or [], group, kind)
    if denied or not allowed:
        return f"resource {group}:{kind} is not permitted in project {name}"
    namespace = obj["metadata"].get("namespace", "")
    if namespaced and not namespace_permitted(project, namespace):
        return f"namespace {namespace} is not permitted in project '{name}'"
    return None


def namespace_permitted(project: Object, namespace: str) -> bool:
    """Whether a destination of the project covers the namespace of this cluster; `!pattern` forbids."""
    found = False
    for destination in project["spec"].get("destinations") or []:
        pattern = destination.get("namespace", "")
        cluster = destination.get("server") or ""
        by_name = destination.get("name") or ""
        here = (cluster and fnmatchcase(SERVER, cluster)) or (by_name and fnmatchcase(IN_CLUSTER, by_name))
        if not here:
            continue
        if pattern.startswith("!"):
            if fnmatchcase(namespace, pattern[1:]):
                return False
        elif fnmatchcase(namespace, pattern):
            found = True
    return found


def _permitted(patterns: Iterable[str], value: str) -> bool:
    found = False
    for pattern in patterns:
        if pattern.startswith("!"):
            if fnmatchcase(value, pattern[1:]):
                return False
        elif pattern == "*" or fnmatchcase(value.rstrip("/"), pattern.rstrip("/")):
            found = True
    return found


def _listed(entries: Iterable[Object], group: str, kind: str) -> bool:
    return any(
        fnmatchcase(group, entry.get("group", "")) and fnmatchcase(kind, entry.get("kind", "")) for entry in entries
    )
