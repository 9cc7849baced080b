"""Manifests out of modules: what is taken, and what is left."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from sandbox import golang, manifests
from sandbox.errors import SandboxError
from sandbox.manifests import Bundle
from sandbox.steps import Steps

CRD = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\n"


def steps() -> Steps:
    return Steps(Console(file=io.StringIO()))


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    module = tmp_path / "module" / "crds"
    module.mkdir(parents=True)
    (module / "thing.yaml").write_text(CRD)
    (module / "kustomization.yaml").write_text("kind: Kustomization\nresources: []\n")
    (module / "notes.txt").write_text("not one of them")
    (tmp_path / "thing").mkdir()
    for name in ("go.mod", "go.sum"):
        (tmp_path / "thing" / name).write_text(name)
    monkeypatch.setattr(golang, "TOOLS", tmp_path)
    monkeypatch.setattr(golang, "module_folder", lambda _module, _path: tmp_path / "module")
    monkeypatch.setenv("HOMELAB_SANDBOX_CACHE", str(tmp_path / "cache"))
    kind = "CustomResourceDefinition"
    return Bundle(name="thing", module="thing", path="example.org/thing", patterns=("crds/*.yaml",), kind=kind)


def test_only_files_of_the_kind_are_taken(bundle: Bundle) -> None:
    assert [item.name for item in bundle.ensure(steps()).glob("*.yaml")] == ["crds-thing.yaml"]


def test_the_second_time_nothing_is_fetched(bundle: Bundle, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bundle.ensure(steps())
    monkeypatch.setattr(golang, "module_folder", lambda *_: pytest.fail("fetched again"))
    assert bundle.ensure(steps()) == first


def test_a_module_without_them_is_an_error_each_time(bundle: Bundle, tmp_path: Path) -> None:
    (tmp_path / "module" / "crds" / "thing.yaml").unlink()
    for _ in range(2):
        with pytest.raises(SandboxError, match=r"^example.org/thing: no CustomResourceDefinition in"):
            bundle.ensure(steps())


def test_what_is_written_down_is_a_definition_of_the_operators_kind() -> None:
    (file,) = manifests.WRITTEN.glob("*.yaml")
    definition = yaml.safe_load(file.read_text())
    assert definition["kind"] == "CustomResourceDefinition"
    assert definition["metadata"]["name"] == "onepassworditems.onepassword.com"
    assert [version["name"] for version in definition["spec"]["versions"]] == ["v1"]
