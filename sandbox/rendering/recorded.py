"""Facts recorded from real charts: `facts.yaml` beside each stand-in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from sandbox.rendering.facts import Facts, Omission
from sandbox.rendering.package import Package
from sandbox.rendering.render import Release

FILE: Final = "facts.yaml"
HEADER: Final = "# What the real chart rendered with these values, reduced to facts: see the README above.\n"


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What a real chart came to."""

    version: str
    """Of the chart it was recorded from; empty where nothing was recorded yet."""
    release: Release
    leaves_out: tuple[Omission, ...]
    """What the stand-in leaves out on purpose."""
    objects: dict[str, Facts]
    """By kind and name."""


def load(package: Package) -> Recorded | None:
    """The facts beside a stand-in, if there are any."""
    file = package.path / FILE
    if not file.is_file():
        return None
    found: dict[str, Any] = yaml.safe_load(file.read_text())
    release = Release(name=found["release"], namespace=found["namespace"], values=found["values"])
    return Recorded(
        version=found["version"],
        release=release,
        leaves_out=tuple(Omission(**item) for item in found.get("leaves_out") or []),
        objects=found["objects"],
    )


def save(folder: Path, recorded: Recorded) -> None:
    """Write facts beside a stand-in."""
    written = {
        "version": recorded.version,
        "release": recorded.release.name,
        "namespace": recorded.release.namespace,
        "values": recorded.release.values,
        "leaves_out": [{"kind": item.kind, "name": item.name, "why": item.why} for item in recorded.leaves_out],
        "objects": recorded.objects,
    }
    text = yaml.safe_dump(written, sort_keys=False, width=120, default_flow_style=None, allow_unicode=True)
    (folder / FILE).write_text(HEADER + text)
