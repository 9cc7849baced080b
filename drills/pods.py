"""What a container of a live workload is started with: its words, its environment, where its volumes are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from drills.errors import DrillError
from sandbox import kube
from sandbox.controllers.objects import decoded

KINDS = ("Deployment", "StatefulSet")
REFERENCE: Final = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)")
"""How an argument of a container names a variable of its environment."""


def behind(cluster: kube.Client, namespace: str, service: str) -> kube.Object:
    """The workload whose pods a Service leads to.

    Raises:
        DrillError: there is no such Service, or nothing behind it.
    """
    found = cluster.get("v1", "Service", service, namespace)
    if found is None:
        message = f"Service {namespace}/{service}: not found"
        raise DrillError(message)
    selector = found["spec"].get("selector") or {}
    for kind in KINDS:
        for workload in cluster.list("apps/v1", kind, namespace):
            labels = workload["spec"]["template"]["metadata"].get("labels") or {}
            if selector and selector.items() <= labels.items():
                return workload
    message = f"Service {namespace}/{service}: leads to no {' or '.join(KINDS)}"
    raise DrillError(message)


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container, with the folders of the drill in the place of its volumes."""

    spec: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)
    """Without what is taken from a Secret or ConfigMap that is not there."""
    volumes: Path
    """Holds a folder for each volume, by its name."""

    @property
    def words(self) -> list[str]:
        """Its command and arguments; empty if they are those of its image."""
        return [self.here(word) for word in [*(self.spec.get("command") or []), *(self.spec.get("args") or [])]]

    def here(self, text: str) -> str:
        """A text in which paths below a mount lead to the folder of the volume."""
        for mount in sorted(self.spec.get("volumeMounts") or [], key=lambda mount: -len(mount["mountPath"])):
            path = re.escape(mount["mountPath"].rstrip("/"))
            text = re.sub(rf"(?<![\w./-]){path}(?![\w.-])", str(self.folder(mount)), text)
        return text

    def folder(self, mount: Mapping[str, Any]) -> Path:
        """The folder that stands for what a mount shows."""
        return self.volumes / str(mount["name"]) / str(mount.get("subPath", ""))

    def folders(self) -> list[Path]:
        """Those of all its mounts."""
        return [self.folder(mount) for mount in self.spec.get("volumeMounts") or []]


def containers(cluster: kube.Client, workload: kube.Object, key: str, volumes: Path) -> list[Container]:
    """The `initContainers` or `containers` of a workload, in their order."""
    namespace = workload["metadata"]["namespace"]
    specs: Sequence[Mapping[str, Any]] = workload["spec"]["template"]["spec"].get(key) or []
    return [
        Container(spec=spec, environment=dict(resolved(cluster, namespace, spec)), volumes=volumes) for spec in specs
    ]


def user_of(workload: kube.Object) -> int | None:
    """The user id that its first container runs under, if it names one."""
    pod = workload["spec"]["template"]["spec"]
    contexts = [source.get("securityContext") or {} for source in (pod["containers"][0], pod)]
    return next((context["runAsUser"] for context in contexts if "runAsUser" in context), None)


def resolved(cluster: kube.Client, namespace: str, spec: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A container's environment, but for what is taken from a Secret or ConfigMap that is not there.

    Of the pod's own fields, its namespace is known: no pod here has a name or an address that it could tell.
    """
    for source in spec.get("envFrom") or []:
        if reference := source.get("configMapRef"):
            found = cluster.get("v1", "ConfigMap", reference["name"], namespace) or {}
            yield from (found.get("data") or {}).items()
        elif reference := source.get("secretRef"):
            found = cluster.get("v1", "Secret", reference["name"], namespace) or {}
            yield from ((key, decoded(found, key) or "") for key in found.get("data") or {})
    for variable in spec.get("env") or []:
        value = variable.get("value")
        source = variable.get("valueFrom") or {}
        if reference := source.get("configMapKeyRef"):
            found = cluster.get("v1", "ConfigMap", reference["name"], namespace) or {}
            value = (found.get("data") or {}).get(reference["key"])
        elif reference := source.get("secretKeyRef"):
            found = cluster.get("v1", "Secret", reference["name"], namespace) or {}
            value = decoded(found, reference["key"]) if found else None
        elif (source.get("fieldRef") or {}).get("fieldPath") == "metadata.namespace":
            value = namespace
        if value is not None:
            yield variable["name"], str(value)


def expanded(word: str, environment: Mapping[str, str]) -> str:
    """An argument with the variables of the environment that it names, as the kubelet does it."""
    return REFERENCE.sub(lambda found: environment.get(found[1], found[0]), word)


def with_flags(words: Iterable[str], flags: Mapping[str, str], without: Iterable[str] = ()) -> list[str]:
    """Words in which these flags have these values, whether they were there or not, and some others are not there."""
    replaced = {name.lstrip("-") for name in (*flags, *without)}
    kept = [word for word in words if word.partition("=")[0].lstrip("-") not in replaced]
    return [*kept, *(f"{name}={value}" for name, value in flags.items())]
