from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sandbox import manifests
from sandbox.rendering import helm, package
from sandbox.rendering.crds import Definitions
from sandbox.steps import Steps

CHART = {"Chart.yaml": "apiVersion: v2\nname: thing\nversion: 1.2.3\nappVersion: v9\n"}


@pytest.fixture(scope="session")
def definitions() -> Definitions:
    """Of all CRDs that stand-ins name, out of the controllers' modules."""
    steps = Steps(Console(stderr=True))
    return Definitions((*(bundle.ensure(steps) for bundle in manifests.CRDS), manifests.WRITTEN))


@pytest.fixture
def chart(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Makes a chart of its files."""

    def make(files: Mapping[str, str]) -> Path:
        for name, text in {**CHART, **files}.items():
            file = tmp_path / "thing" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path / "thing"

    return make


@pytest.fixture
def stand_in(tmp_path: Path) -> Callable[[str], Path]:
    """Copies a stand-in to where it may be changed: into a folder that could be that of all stand-ins."""

    def copy(name: str) -> Path:
        target = tmp_path / "stand-ins" / name
        shutil.copytree(package.STAND_INS / name, target)
        return target

    return copy


def packaged(chart: Path, folder: Path) -> Path:
    """The folder, with the chart in it as a package."""
    folder.mkdir(exist_ok=True)
    helm.run(["package", chart, "--destination", folder])
    return folder


def named(objects: Any) -> dict[tuple[str, str], Any]:
    """Objects by kind and name."""
    found = {(obj["kind"], obj["metadata"]["name"]): obj for obj in objects}
    assert len(found) == len(list(objects)), "two objects of one kind and name"
    return found
