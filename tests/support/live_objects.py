"""A cluster that only has the objects of a file: what reads live objects reads these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from sandbox import kube


class LiveObjects(kube.Client):
    """A client that asks no server."""

    def __init__(self, objects: list[kube.Object]) -> None:
        self.objects = objects

    @classmethod
    def of(cls, path: Path) -> LiveObjects:
        """The objects of a YAML file."""
        return cls(list(yaml.safe_load_all(path.read_text())))

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> kube.Object | None:
        found = (obj for obj in self.list(api_version, kind, namespace) if obj["metadata"]["name"] == name)
        return next(found, None)

    def list(self, api_version: str, kind: str, namespace: str | None = None, **_: Any) -> list[kube.Object]:  # type: ignore[override]
        return [
            obj
            for obj in self.objects
            if (obj["apiVersion"], obj["kind"]) == (api_version, kind)
            and namespace in (None, obj["metadata"].get("namespace"))
        ]
