"""The CRDs that charts bring.

A stand-in names its CRDs only; their definitions are those of the controllers' Go modules. A real chart has its own.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sandbox import yaml_text
from sandbox.rendering.package import ChartError

KIND: Final = "CustomResourceDefinition"
NAME: Final = re.compile(r"^ +[\"']?name[\"']?: [\"']?([a-z0-9.-]+\.[a-z0-9.-]+)[\"']?$", re.MULTILINE)
DIGEST: Final = "sandbox.homelab/manifest"
"""Annotation of a CRD with the digest of its manifest: comparing the CRD itself at every look would be slow."""


@dataclass(frozen=True)
class Definitions:
    """Definitions by the CRD's name."""

    folders: tuple[Path, ...] = ()
    """Where they are; without a folder CRDs that are only named are left out."""

    @classmethod
    def below(cls, folder: Path) -> Definitions:
        """Those in the folders in a folder."""
        inside = tuple(sorted(item for item in folder.glob("*") if item.is_dir()))
        return cls(inside or (folder,))

    def fill(self, objects: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The objects, each CRD with its definition and the digest of it.

        Raises:
            ChartError: a CRD is named that no folder has.
        """
        for obj in objects:
            if obj["kind"] != KIND:
                yield obj
            elif obj.get("spec"):
                rest = {key: value for key, value in obj.items() if key != "status"}
                yield _annotated(rest, {DIGEST: _digest(json.dumps(rest, sort_keys=True))})
            elif self.folders:
                yield self._filled(obj)

    def _filled(self, named: dict[str, Any]) -> dict[str, Any]:
        name = named["metadata"]["name"]
        for folder in self.folders:
            for file in sorted(folder.glob("*.y*ml")):
                changed = file.stat().st_mtime_ns
                if name in _names(file, changed):
                    found = next(crd for crd in _parsed(file, changed) if crd["metadata"]["name"] == name)
                    return _annotated(found, named["metadata"].get("annotations") or {})
        where = ", ".join(map(str, self.folders))
        raise ChartError(f"the sandbox has no definition of the CRD {name} in {where}")


@lru_cache(maxsize=256)
def _names(file: Path, _changed: int) -> frozenset[str]:
    """The names of a manifest's CRDs, found without parsing it."""
    return frozenset(NAME.findall(file.read_text()))


@lru_cache(maxsize=256)
def _parsed(file: Path, _changed: int) -> tuple[dict[str, Any], ...]:
    """A manifest's CRDs, without status. Parsed once, and only when it is needed: the larger ones take a second."""
    text = file.read_text()
    digest = _digest(text)
    return tuple(
        _annotated({key: value for key, value in document.items() if key != "status"}, {DIGEST: digest})
        for document in yaml_text.documents(text)
        if document and document.get("kind") == KIND
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _annotated(obj: dict[str, Any], added: Mapping[str, str]) -> dict[str, Any]:
    metadata = obj["metadata"]
    return {**obj, "metadata": {**metadata, "annotations": {**(metadata.get("annotations") or {}), **added}}}
