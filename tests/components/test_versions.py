"""Pins: one home, and a line above each that Renovate reads."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from components import versions
from components.outputs import Outputs
from components.versions import Chart, Image
from tests.conftest import extended_platform
from tests.support import examples
from tests.support.images import images
from tests.support.parts import MIRROR, chart_sources
from tests.support.recorder import Recording

SOURCE = Path(versions.__file__).read_text(encoding="utf-8")
LINE = re.compile(
    r"# renovate: datasource=(?P<datasource>\S+) depName=(?P<name>\S+)(?: registryUrl=(?P<registry>\S+))?"
)
VERSION = re.compile(r"v?\d+\.\d+\.\d+(\.[1-9]\d*)?|\d+\.\d+-(system-[a-z]+|\d+\.\d+\.\d+)")
"""PostgreSQL has no third number; behind the second is what its image is made of."""


def renovate_lines() -> dict[str, dict[str, str | None]]:
    """What the line above each pin says, by the pin's name."""
    lines = SOURCE.splitlines()
    found = {}
    for node in ast.parse(SOURCE).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            match = LINE.fullmatch(lines[node.lineno - 2])
            found[node.targets[0].id] = match.groupdict() if match else {}
    return found


PINS = versions.pins()


def test_every_pin_has_a_line_and_every_line_a_pin() -> None:
    assert renovate_lines().keys() == PINS.keys()
    assert SOURCE.count("# renovate:") == len(PINS)


@pytest.mark.parametrize("name", PINS)
def test_the_line_says_where_renovate_finds_newer_versions(name: str) -> None:
    pin = PINS[name]
    expected: dict[str, str | None]
    if isinstance(pin, Chart):
        expected = {"datasource": "helm", "name": pin.name, "registry": pin.repository}
    else:
        expected = {"datasource": "docker", "name": pin.repository, "registry": None}
    assert renovate_lines()[name] == expected


@pytest.mark.parametrize("name", PINS)
def test_a_pin_is_one_whole_version(name: str) -> None:
    pin = PINS[name]
    assert VERSION.fullmatch(pin.version if isinstance(pin, Chart) else pin.tag)


def test_no_two_pins_are_of_the_same_thing() -> None:
    names = [pin.name if isinstance(pin, Chart) else pin.repository for pin in PINS.values()]
    assert len(names) == len(set(names))


def test_every_chart_that_is_deployed_is_a_pin_and_every_pin_is_deployed(homelab: Recording[Outputs]) -> None:
    applications = homelab.of("argoproj.io/v1alpha1:Application")
    deployed = {_chart(source) for item in applications for source in chart_sources(item)}
    release = homelab.one(":Release", "argocd").inputs
    deployed.add((release["repositoryOpts"]["repo"], release["chart"], release["version"]))
    pinned = {(pin.repository, pin.name, pin.version) for pin in PINS.values() if isinstance(pin, Chart)}
    assert deployed == pinned


def _chart(source: dict[str, Any]) -> tuple[str, str, str]:
    return source["repoURL"], source["chart"], source["targetRevision"]


def test_every_image_of_our_own_pods_is_a_pin_and_every_pin_is_deployed(extended: Recording[Outputs]) -> None:
    own = [names for source, names in images(extended).items() if not source.startswith("chart ")]
    deployed = set().union(*own)
    with examples.guide_app():
        assert deployed == {pin.ref() for pin in versions.pins().values() if isinstance(pin, Image)}


def test_no_other_file_names_a_version() -> None:
    root = Path(versions.__file__).parent
    for file in root.rglob("*.py"):
        if file.name == "versions.py" or "settings" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not VERSION.fullmatch(node.value), f"{file.name}: {node.value}"


@pytest.mark.parametrize(
    ("repository", "expected"),
    [
        ("quay.io/jetstack/controller", f"{MIRROR}/quay.io/jetstack/controller"),
        ("deluan/navidrome", f"{MIRROR}/docker.io/deluan/navidrome"),
        ("localhost:5000/app", f"{MIRROR}/localhost:5000/app"),
        ("docker.io", f"{MIRROR}/docker.io"),
    ],
)
def test_the_mirror_has_each_registry_under_its_name(repository: str, expected: str) -> None:
    assert versions.mirrored(repository, MIRROR) == expected
    assert versions.mirrored(repository, None) == repository


DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def test_a_pod_pulls_the_digest_where_there_is_one() -> None:
    pinned = Image("quay.io/example/app", "1.2.3", DIGEST)
    assert pinned.ref() == f"quay.io/example/app:1.2.3@{DIGEST}"
    assert pinned.ref(MIRROR) == f"{MIRROR}/quay.io/example/app:1.2.3@{DIGEST}"
    assert Image("example/app", "1.2.3").ref() == "example/app:1.2.3"


@pytest.mark.parametrize(
    "wrong", ["", "sha256:", DIGEST.upper(), DIGEST[:-1], f"{DIGEST}0", DIGEST.removeprefix("sha256:")]
)
def test_a_digest_that_is_none_is_refused_in_one_line(wrong: str) -> None:
    with pytest.raises(ValueError, match=r"^image example/app: the digest .* expected sha256: and 64 [^\n]*$"):
        Image("example/app", "1.2.3", wrong)


def test_every_digest_that_is_put_in_reaches_the_pods(
    monkeypatch: pytest.MonkeyPatch, stack_values: dict[str, Any]
) -> None:
    """Whatever deploys the image: a container of ours, or a chart that takes tag and digest apart."""
    for name, pin in PINS.items():
        if isinstance(pin, Image):
            monkeypatch.setattr(versions, name, dataclasses.replace(pin, digest=DIGEST))
    found = {image for names in images(extended_platform(stack_values)).values() for image in names}
    for pin in PINS.values():
        if isinstance(pin, Image):
            pulled = {image for image in found if image.startswith(f"{pin.repository}:")}
            assert pulled == {f"{pin.repository}:{pin.tag}@{DIGEST}"}


def test_pins_are_constants_of_the_module() -> None:
    assert all(inspect.getmodule(type(pin)) is versions for pin in PINS.values())
