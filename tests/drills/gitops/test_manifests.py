"""What a developer pushes is what the drill means by it, when the real Helm and kustomize render it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from drills.gitops import manifests
from drills.programs import KUSTOMIZE
from sandbox.controllers import folders
from sandbox.steps import Steps
from sandbox.tools import HELM

pytestmark = pytest.mark.usefixtures("renderers")


@pytest.fixture(scope="module")
def renderers() -> None:
    """Helm and kustomize, built if they are missing."""
    for program in (HELM, KUSTOMIZE):
        program.ensure(Steps(Console(quiet=True)))


def text(root: Path, files: Mapping[str, str]) -> str:
    for name, content in files.items():
        file = root / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (made,) = folders.render(root, ".", name="apps-a", namespace="apps-a")
    assert made["metadata"]["name"] == manifests.GREETING
    return str(made["data"]["text"])


def test_a_chart_takes_its_text_from_its_values(tmp_path: Path) -> None:
    assert text(tmp_path, manifests.chart("by values")) == "by values"


def test_a_chart_without_a_text_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(folders.FolderError, match=manifests.NEEDED):
        text(tmp_path, {**manifests.chart("one"), "values": manifests.values("")})


def test_a_kustomization_patches_the_text(tmp_path: Path) -> None:
    assert text(tmp_path, manifests.kustomization("by a patch")) == "by a patch"
