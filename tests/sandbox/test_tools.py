"""Which pulumi is used: the user's own, if it will do."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import pins, tools


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


def test_the_users_pulumi_is_asked_without_leaving_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi = install(tmp_path / "bin", "v3.250.0")
    trace = tmp_path / "cachedVersionInfo"
    pulumi.write_text(f'#!/bin/sh\n[ "$PULUMI_SKIP_UPDATE_CHECK" = true ] || touch {trace}\necho v3.250.0\n')
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert tools.installed_pulumi() == pulumi
    assert not trace.exists()


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


def test_the_engine_that_is_built_is_as_old_as_the_sdk() -> None:
    assert f"v{pins.python_package('pulumi')}" == tools.PULUMI_VERSION
    assert pins.go_module("pulumi", tools.SDK) == tools.PULUMI_VERSION


def test_programs_say_the_version_that_they_are_built_from() -> None:
    assert tools.PULUMI.ldflags.endswith(f"version.Version={tools.PULUMI_VERSION}")
    servers = [program for program in tools.CONTROL_PLANE if program.module == "kubernetes"]
    assert len(servers) == 3
    assert all(program.ldflags.endswith(f"gitVersion={tools.KUBERNETES_VERSION}") for program in servers)
    assert tools.KUBECTL.ldflags.count(f"gitVersion={tools.KUBERNETES_VERSION}") == 2
    assert tools.HELM.ldflags.endswith(f"version.version={tools.HELM_VERSION}")
