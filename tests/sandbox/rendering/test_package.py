"""Charts as they lie in folders and packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.rendering import package
from sandbox.rendering.package import ChartError
from tests.sandbox.rendering.conftest import packaged

Maker = Callable[[Mapping[str, str]], Path]
TRAEFIK = "https://traefik.github.io/charts"
WITH_ANOTHER = {
    "values.yaml": "a: {b: 1}\nother: {x: {y: 2}}\n",
    "charts/other/Chart.yaml": "apiVersion: v2\nname: other\nversion: 1.0.0\n",
    "charts/other/values.yaml": "x: {z: 3}\nfree: {}\n",
}


def test_a_stand_in_is_found_by_name_repository_and_version() -> None:
    found = package.find("traefik", f"{TRAEFIK}/", "37.4.0", None)
    assert (found.name, found.version, found.is_stand_in) == ("traefik", "37.4.0", True)
    assert package.find("traefik", None, "37.4.0", None) == found


@pytest.mark.parametrize(
    ("name", "repository", "version", "problem"),
    [
        ("nope", TRAEFIK, "1.0.0", r"^chart nope not known to the sandbox; known: argo-cd 9.*$"),
        (
            "traefik",
            "https://charts.jetstack.io",
            "37.4.0",
            r"^chart traefik not found in https://charts.jet",
        ),
        ("traefik", TRAEFIK, "37.4.1", r"^chart traefik 37.4.1: the sandbox's stand-in is of 37.4.0; bring "),
    ],
)
def test_another_one_is_refused_with_a_reason(name: str, repository: str, version: str, problem: str) -> None:
    with pytest.raises(ChartError, match=problem):
        package.find(name, repository, version, None)


def test_each_stand_in_is_in_the_folder_of_its_name() -> None:
    assert package.stand_ins()
    assert all(found.path.name == found.name for found in package.stand_ins())


def test_what_the_stand_ins_share_is_none_itself() -> None:
    assert "common" not in {found.name for found in package.stand_ins()}
    assert {found.path.name for found in package.stand_ins()} == {found.name for found in package.stand_ins()}


def test_a_package_is_what_its_folder_is(chart: Maker, tmp_path: Path) -> None:
    folder = chart({**WITH_ANOTHER, "templates/a.yaml": "# {{ .Capabilities.KubeVersion }}\n"})
    loaded = package.load(folder)
    found = package.find("thing", "https://anywhere.example.org", "1.2.3", packaged(folder, tmp_path / "packages"))
    assert (found.name, found.version, found.values) == (loaded.name, loaded.version, loaded.values)
    assert loaded.asks_about_cluster
    assert found.asks_about_cluster
    assert not found.is_stand_in


def test_a_missing_package_is_named_with_what_is_there(chart: Maker, tmp_path: Path) -> None:
    packages = packaged(chart({}), tmp_path / "packages")
    with pytest.raises(ChartError, match=r"^chart thing 1.3.0: thing-1.3.0.tgz is not in .* is thing-1.2.3.tgz$"):
        package.find("thing", None, "1.3.0", packages)
    with pytest.raises(ChartError, match=r"there is no package at all$"):
        package.find("thing", None, "1.3.0", tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_file_that_is_no_chart_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "thing-1.2.3.tgz"
    file.write_bytes(content)
    with pytest.raises(ChartError, match=r"thing-1.2.3.tgz is no chart: ") as error:
        package.find("thing", None, "1.2.3", tmp_path)
    assert "\n" not in str(error.value)


def test_any_change_changes_the_digest(chart: Maker) -> None:
    before = package.load(chart({"templates/a.yaml": "a"})).digest
    assert package.load(chart({"templates/a.yaml": "bb"})).digest != before


def test_values_are_merged_as_helm_does() -> None:
    defaults = {"a": {"b": 1, "c": [1, 2]}, "d": 5}
    merged = package.merge(defaults, {"a": {"c": [3]}, "d": None, "e": 1})
    assert merged == {"a": {"b": 1, "c": [3]}, "e": 1}
    assert defaults == {"a": {"b": 1, "c": [1, 2]}, "d": 5}


@pytest.mark.parametrize(
    ("given", "unknown"),
    [
        ({"a": {"b": 2}}, []),
        ({"a": {"c": 2}, "b": 1}, ["a.c", "b"]),
        ({"other": {"x": {"y": 1, "z": 1, "w": 1}}}, ["other.x.w"]),
        ({"other": {"free": {"anything": 1}}}, []),
        ({"a": {"securityContext": {"runAsUser": 1}, "nodeSelector": {"a": "b"}}}, []),
    ],
)
def test_values_that_would_do_nothing_are_named(chart: Maker, given: dict[str, object], unknown: list[str]) -> None:
    assert package.unknown_values(package.load(chart(WITH_ANOTHER)), given) == unknown


def test_an_opened_map_takes_any_key(chart: Maker) -> None:
    found = package.load(chart(WITH_ANOTHER))
    assert package.unknown_values(found, {"a": {"c": 1}}, ["a"]) == []
