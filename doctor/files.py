"""Files that pods read out of ConfigMaps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from doctor import kube
from doctor.pods import pod_specs
from doctor.snapshot import Snapshot
from policy.objects import namespace_of


@dataclass(frozen=True, kw_only=True)
class File:
    """One file of a container."""

    owner: kube.Object
    """What makes the pods."""
    path: PurePosixPath
    """Where the container has it."""
    config_map: str
    """In the pods' namespace."""
    key: str
    text: str | None
    """None if there is no such ConfigMap, or no such key in it."""


def files(snapshot: Snapshot) -> list[File]:
    """Every file out of a ConfigMap, of whatever makes pods."""
    found: list[File] = snapshot.once("files", lambda: list(_files(snapshot)))
    return found


def _files(snapshot: Snapshot) -> Iterator[File]:
    for owner, spec in pod_specs(snapshot):
        sources = {item["name"]: item["configMap"] for item in spec.get("volumes") or [] if "configMap" in item}
        for container in spec["containers"]:
            for mount in container.get("volumeMounts") or []:
                if mount["name"] in sources:
                    yield from _mounted(snapshot, owner, sources[mount["name"]], mount)


def _mounted(
    snapshot: Snapshot, owner: kube.Object, source: Mapping[str, Any], mount: Mapping[str, Any]
) -> Iterator[File]:
    found = snapshot.get("ConfigMap", source["name"], namespace_of(owner)) or {}
    data: Mapping[str, str] = found.get("data") or {}
    keys = {item["path"]: item["key"] for item in source.get("items") or []} or {key: key for key in data}
    inside, path = mount.get("subPath", ""), PurePosixPath(mount["mountPath"])
    places = {path: keys.get(inside, inside)} if inside else {path / name: key for name, key in keys.items()}
    for place, key in places.items():
        yield File(owner=owner, path=place, config_map=source["name"], key=key, text=data.get(key))
