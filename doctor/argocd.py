"""Checks of what Argo CD delivers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from doctor import kube
from doctor.check import Context, Reference, check, unless
from policy.objects import label, namespace_of

CLUSTER_OF_ARGOCD = "https://kubernetes.default.svc"

LONGEST_SHOWN = 300
"""Characters of Argo CD's own words that are repeated: a failed sync may have a line for each of its objects."""


def sources(application: kube.Object) -> list[Mapping[str, Any]]:
    """Where an Application comes from."""
    spec = application["spec"]
    return list(spec.get("sources") or [spec.get("source") or {}])


@check("application -> project")
def projects(context: Context) -> Iterator[Reference]:
    """The project exists, and permits where the application comes from and where it goes."""
    for application in context.snapshot.all("Application"):
        spec = application["spec"]
        project = context.snapshot.get("AppProject", spec["project"], namespace_of(application))
        target = f"AppProject {spec['project']}"
        if project is None:
            yield Reference(
                label(application), target, "there is no such project", "`pulumi up --refresh` makes the stack's anew"
            )
            continue
        for source in sources(application):
            repository = source.get("repoURL", "")
            allowed = _allowed(repository, project["spec"].get("sourceRepos") or [])
            problem = unless(allowed, f"the project does not permit {repository}", "add it to its sourceRepos")
            yield Reference(label(application), f"{target} for {repository}", *problem)
        destination = spec.get("destination") or {}
        goes = any(_goes(destination, item) for item in project["spec"].get("destinations") or [])
        namespace = destination.get("namespace", "")
        problem = unless(goes, f"the project does not permit namespace {namespace}", "add it to its destinations")
        yield Reference(label(application), f"{target} for namespace {namespace}", *problem)


def _allowed(value: str, patterns: list[str]) -> bool:
    """Argo CD's patterns: globs, and exceptions that begin with an exclamation mark."""
    denied = any(fnmatchcase(value, item[1:]) for item in patterns if item.startswith("!"))
    return not denied and any(fnmatchcase(value, item) for item in patterns if not item.startswith("!"))


def _goes(destination: Mapping[str, Any], permitted: Mapping[str, Any]) -> bool:
    by_name = "name" in destination and fnmatchcase(destination["name"], permitted.get("name", ""))
    server = destination.get("server", CLUSTER_OF_ARGOCD if destination.get("name") == "in-cluster" else "")
    by_server = bool(server) and fnmatchcase(server, permitted.get("server", ""))
    return (by_name or by_server) and fnmatchcase(destination.get("namespace", ""), permitted.get("namespace", ""))


@check("application -> synced and healthy")
def delivered(context: Context) -> Iterator[Reference]:
    """What an application brings is there and works."""
    for application in context.snapshot.all("Application"):
        status = application.get("status") or {}
        sync = (status.get("sync") or {}).get("status", "unknown")
        health = (status.get("health") or {}).get("status", "unknown")
        good = (sync, health) == ("Synced", "Healthy")
        problem = unless(
            good, f"it is {sync} and {health}: {_last_word(status)}", "look at its conditions with `kubectl describe`"
        )
        yield Reference(label(application), "Synced and Healthy", *problem)


def _last_word(status: Mapping[str, Any]) -> str:
    """What Argo CD said last about an application, on one line."""
    said = [item.get("message", "") for item in status.get("conditions") or []]
    operation = status.get("operationState") or {}
    if operation.get("phase") != "Succeeded":  # a sync may have gone well, and what it brought not
        said.append(operation.get("message", ""))
    said += [
        f"{item['kind']} {item['name']}: {item['health']['message']}"
        for item in status.get("resources") or []
        if (item.get("health") or {}).get("message")
    ]
    found = next((" ".join(text.split()) for text in said if text), "Argo CD has said nothing about it yet")
    return found if len(found) <= LONGEST_SHOWN else f"{found[:LONGEST_SHOWN]}..."
