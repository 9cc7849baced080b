"""Which pulumi is used: the user's own, if it will do."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import tools
from sandbox.paths import REPOSITORY


def install(folder: Path, version: str, *, host: bool = True) -> Path:
    folder.mkdir(parents=True)
    pulumi = folder / "pulumi"
    pulumi.write_text(f"#!/bin/sh\necho {version}\n")
    pulumi.chmod(0o755)
    if host:
        (folder / "pulumi-language-python").touch()
    return pulumi


@pytest.mark.parametrize("version", ["v3.250.0", "v3.251.3"])
def test_an_installed_pulumi_as_new_as_the_sdk_is_used(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi = install(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert tools.installed_pulumi() == pulumi


@pytest.mark.parametrize("version", ["v3.249.9", "v2.300.0", "v4.0.0", ""])
def test_one_of_another_age_is_not(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "bin", version)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert tools.installed_pulumi() is None


def test_one_without_its_language_host_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "bin", "v3.250.0", host=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert tools.installed_pulumi() is None


def test_the_wrapper_of_a_sandbox_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / ".sandbox" / "bin", "v3.250.0")
    monkeypatch.setenv("PATH", f"{tmp_path / '.sandbox' / 'bin'}:/usr/bin:/bin")
    assert tools.installed_pulumi() is None


def test_the_pinned_version_is_that_of_the_requirements() -> None:
    requirements = (REPOSITORY / "requirements.txt").read_text()
    assert f"pulumi=={tools.PULUMI_VERSION.removeprefix('v')}\n" in requirements
    module = (REPOSITORY / "tools" / "pulumi" / "go.mod").read_text()
    assert f"github.com/pulumi/pulumi/pkg/v3 {tools.PULUMI_VERSION} " in module


def test_kubernetes_says_the_version_that_it_is_built_from() -> None:
    module = (REPOSITORY / "tools" / "kubernetes" / "go.mod").read_text()
    assert f"k8s.io/kubernetes {tools.KUBERNETES_VERSION} " in module
