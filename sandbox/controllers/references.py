"""The Secrets and ConfigMaps that a pod's spec refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.controllers.objects import containers


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One reference. Without a key the object as a whole is meant."""

    kind: str
    name: str
    key: str | None = None
    optional: bool = False
    mounted: bool = False
    """Whether it is mounted as a volume; otherwise it is read into a container's environment, or pulls its image."""


def of_pod(pod_spec: Mapping[str, Any]) -> Iterator[Reference]:
    """Every reference of a pod: environment, volumes, and what its images are pulled with."""
    for container in containers(pod_spec):
        for variable in container.get("env") or []:
            yield from _variable(variable.get("valueFrom") or {})
        for source in container.get("envFrom") or []:
            for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
                if source.get(field):
                    found = source[field]
                    yield Reference(kind=kind, name=found["name"], optional=bool(found.get("optional")))
    for volume in pod_spec.get("volumes") or []:
        yield from _volume(volume)
        for source in (volume.get("projected") or {}).get("sources") or []:
            yield from _volume(source)
    for found in pod_spec.get("imagePullSecrets") or []:
        # A missing one is no obstacle: the kubelet then pulls without it.
        yield Reference(kind="Secret", name=found["name"], optional=True)


def _variable(source: Mapping[str, Any]) -> Iterator[Reference]:
    for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
        if source.get(field):
            found = source[field]
            yield Reference(kind=kind, name=found["name"], key=found["key"], optional=bool(found.get("optional")))


def _volume(source: Mapping[str, Any]) -> Iterator[Reference]:
    for field, kind in (("secret", "Secret"), ("configMap", "ConfigMap")):
        if not source.get(field):
            continue
        found = source[field]
        # A Secret's volume calls the name `secretName`; a projected source calls it `name`.
        name = found.get("secretName") or found.get("name", "")
        optional = bool(found.get("optional"))
        keys = [item["key"] for item in found.get("items") or []] or [None]
        for key in keys:
            yield Reference(kind=kind, name=name, key=key, optional=optional, mounted=True)
