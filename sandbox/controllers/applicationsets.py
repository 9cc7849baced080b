"""Argo CD's controller of ApplicationSets: an Application for each folder of a Git repository that a set asks for.

It acts while its Deployment runs, and looks every few seconds where the real one waits `requeueAfterSeconds` or hears a
webhook. A set with several generators gets what all of them find; a folder that is gone takes its Application along.

Not covered: every generator but `git` with `directories`, functions in templates, `values`, sync policies of sets,
progressive syncs. A set that asks for one of them says so in its condition and is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.controller import Controller, Environment
from sandbox.controllers.git import GitError, Repositories
from sandbox.controllers.objects import (
    contains,
    is_available,
    namespace_of,
    now,
    owner_of,
    patch,
    same_but_times,
    split,
)
from sandbox.paths import Sandbox

SET: Final = ("argoproj.io/v1alpha1", "ApplicationSet")
APPLICATION: Final = ("argoproj.io/v1alpha1", "Application")
DEPLOYMENT: Final = ("apps/v1", "Deployment")
MANAGER: Final = "argocd-applicationset-controller"
LABEL: Final = "argocd-applicationset-controller"
POLL_SECONDS: Final = 3.0
CONDITIONS: Final = (
    ("ErrorOccurred", "ApplicationSetUpToDate", "All applications have been generated successfully"),
    ("ParametersGenerated", "ParametersGenerated", "Successfully generated parameters for all Applications"),
    ("ResourcesUpToDate", "ApplicationSetUpToDate", "ApplicationSet up to date"),
)
"""Type, and reason and message where nothing is wrong."""
PLACEHOLDER: Final = re.compile(r"\{\{\s*(.*?)\s*\}\}")


class SetError(Exception):
    """The set cannot be turned into Applications: reason of the condition, and why."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ApplicationSets(Controller):
    """Reconciles ApplicationSets; keys are `namespace/name`."""

    name = "applicationsets"

    def __init__(self, environment: Environment, sandbox: Sandbox) -> None:
        super().__init__(environment)
        self.repositories = Repositories.of(sandbox)

    def setup(self) -> None:
        """Look at sets, and at the Applications that are made of them."""
        self.hub.on(*SET, lambda _event, item: self.queue.add(kube.name_of(item)))
        self.hub.on(*APPLICATION)
        self.hub.on(*DEPLOYMENT)

    def reconcile(self, key: str) -> float | None:
        """Make, change and delete the Applications of one set."""
        namespace, name = split(key)
        item = self.hub.get(*SET, name, namespace)
        if item is None or "deletionTimestamp" in item["metadata"]:
            return None  # its Applications are the garbage collector's: they have an owner
        if not self.hub.synced(*APPLICATION) or not self._running(namespace):
            return POLL_SECONDS
        try:
            wanted = {app["metadata"]["name"]: app for app in self._applications(item)}
        except SetError as error:
            self._report(item, error.reason, str(error))
            return POLL_SECONDS
        self._bring_about(item, wanted)
        self._report(item, "", f"{len(wanted)} applications")
        return POLL_SECONDS

    def _running(self, namespace: str) -> bool:
        return any(
            is_available(workload)
            for workload in self.hub.list(*DEPLOYMENT, namespace)
            if (workload["metadata"].get("labels") or {}).get("app.kubernetes.io/name") == LABEL
        )

    def _bring_about(self, item: kube.Object, wanted: Mapping[str, kube.Object]) -> None:
        uid = item["metadata"]["uid"]
        for name, app in wanted.items():
            live = self.hub.get(*APPLICATION, name, namespace_of(item))
            if live is None or not contains(live, app):
                self.hub.put(self.client.apply(app, MANAGER, force=True))
                self.say(kube.name_of(item), f"{'makes' if live is None else 'changes'} Application {name}")
        for live in self.hub.list(*APPLICATION, namespace_of(item)):
            owners = {owner["uid"] for owner in live["metadata"].get("ownerReferences") or []}
            gone = live["metadata"]["name"] not in wanted
            if uid in owners and gone and "deletionTimestamp" not in live["metadata"]:
                self.say(kube.name_of(item), f"deletes Application {live['metadata']['name']}: its folder is gone")
                self.client.delete(*APPLICATION, live["metadata"]["name"], namespace_of(item))

    def _applications(self, item: kube.Object) -> Iterator[kube.Object]:
        spec = item["spec"]
        if not spec.get("goTemplate"):
            raise SetError("RenderTemplateParamsError", "the sandbox knows sets with goTemplate: true only")
        owner = owner_of(item, controller=True)
        for generator in spec.get("generators") or []:
            for path in self._folders(generator):
                made = _filled(spec["template"], _parameters(path))
                meta = {
                    **made["metadata"],
                    "namespace": namespace_of(item),
                    "ownerReferences": [owner],
                }
                yield {"apiVersion": APPLICATION[0], "kind": APPLICATION[1], "metadata": meta, "spec": made["spec"]}

    def _folders(self, generator: Mapping[str, Any]) -> list[str]:
        git = generator.get("git") or {}
        if set(generator) - {"git"} or not git.get("directories"):
            kinds = ", ".join(sorted(generator)) or "none"
            raise SetError("ApplicationGenerationFromParamsError", f"the sandbox does not know this generator: {kinds}")
        try:
            root = self.repositories.folder(
                git["repoURL"], self.repositories.commit(git["repoURL"], git.get("revision") or "HEAD")
            )
        except GitError as error:
            message = f"error generating params from git: error getting directories from repo: {error}"
            raise SetError("ApplicationGenerationFromParamsError", message) from error
        return [path for path in _all_folders(root) if _is_wanted(path, git["directories"])]

    def _report(self, item: kube.Object, reason: str, message: str) -> None:
        failed = bool(reason)
        conditions = [
            {
                "type": kind,
                "status": "True" if failed == (kind == "ErrorOccurred") else "False",
                "reason": reason or good_reason,
                "message": message if failed else good,
                "lastTransitionTime": now(),
            }
            for kind, good_reason, good in CONDITIONS
        ]
        current = (item.get("status") or {}).get("conditions") or []
        if same_but_times(current, conditions):
            return
        self.say(kube.name_of(item), message)
        patch(self.client, item, {"status": {"conditions": conditions}}, MANAGER, status=True)


def _all_folders(root: Path) -> list[str]:
    """Every folder of a repository but hidden ones, by its path below the root."""
    folders = (item.relative_to(root) for item in sorted(root.rglob("*")) if item.is_dir() and not item.is_symlink())
    return [folder.as_posix() for folder in folders if not any(part.startswith(".") for part in folder.parts)]


def _is_wanted(path: str, directories: list[Mapping[str, Any]]) -> bool:
    """Whether some pattern takes the path and none that excludes does; an asterisk ends at a slash."""
    taken = [item for item in directories if _matches(path, item["path"])]
    return bool(taken) and not any(item.get("exclude") for item in taken)


def _matches(path: str, pattern: str) -> bool:
    parts, wanted = path.split("/"), pattern.strip("/").split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _parameters(path: str) -> dict[str, str]:
    """What a template may name of a folder; names of objects have lower-case letters, digits, `-` and `.` only."""
    base = PurePosixPath(path).name
    normalized = re.sub(r"[^a-z0-9.-]", "-", base.lower()).strip("-.")
    return {".path.path": path, ".path.basename": base, ".path.basenameNormalized": normalized}


def _filled(value: Any, parameters: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(item, parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, parameters) for item in value]
    return PLACEHOLDER.sub(lambda found: _value(found[1], parameters), value) if isinstance(value, str) else value


def _value(expression: str, parameters: Mapping[str, str]) -> str:
    if expression not in parameters:
        known = ", ".join(parameters)
        message = f"failed to execute go template {{{{{expression}}}}}: the sandbox knows {known}"
        raise SetError("RenderTemplateParamsError", message)
    return parameters[expression]
