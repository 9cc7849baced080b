"""The checker of what Renovate found, on a part of a report that Renovate 42.99.0 wrote of this repository."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipeline import extraction
from pipeline.pinned import Pin

RECORDED = json.loads(Path(__file__).with_name("renovate-report.json").read_text(encoding="utf-8"))
FOUND, COMPLAINTS = extraction.read(RECORDED)


def good(pins: list[Pin], found: list[Pin] | None = None, complaints: tuple[str, ...] = ()) -> bool:
    return extraction.show(
        extraction.compare(pins, FOUND if found is None else found), complaints, Console(quiet=True, width=160)
    )


def problems(pins: list[Pin], found: list[Pin]) -> list[str]:
    return [verdict.problem for verdict in extraction.compare(pins, found) if verdict.problem]


def test_what_was_recorded_is_read_with_versions_digests_and_registries() -> None:
    expected = [
        Pin(file="requirements.txt", name="pulumi", value="3.250.0", datasource="pypi"),
        Pin(
            file="components/versions.py",
            name="cert-manager",
            value="v1.19.1",
            datasource="helm",
            registry="https://charts.jetstack.io",
        ),
        Pin(
            file=".github/workflows/drift.yml",
            name="actions/checkout",
            value="v6.0.2",
            datasource="github-tags",
            digest="de0fac2e4500dabe0009e67214ff5f5447ce83dd",
        ),
    ]
    for pin in expected:
        assert FOUND.count(pin) == 1
    assert COMPLAINTS == []


def test_what_a_tool_is_made_of_is_no_pin() -> None:
    disabled = {
        dependency["depName"]
        for files in RECORDED["repositories"]["local"]["packageFiles"].values()
        for file in files
        for dependency in file["deps"]
        if dependency.get("enabled") is False
    }
    assert disabled
    assert not disabled & {pin.name for pin in FOUND}


def test_each_pin_found_once_is_well() -> None:
    assert good(FOUND)


@pytest.mark.parametrize("pin", FOUND, ids=lambda pin: f"{pin.file}-{pin.name}")
def test_a_pin_that_is_not_found_is_named(pin: Pin) -> None:
    without = [other for other in FOUND if other != pin]
    assert problems(FOUND, without) == ["not found"]
    assert not good(FOUND, without)


@pytest.mark.parametrize("field", ["value", "datasource", "digest", "registry"])
def test_a_pin_that_is_found_otherwise_is_named_with_both(field: str) -> None:
    pin = next(pin for pin in FOUND if pin.datasource == "helm")
    changed: Callable[..., Pin] = replace
    found = [changed(pin, **{field: "other"}) if other == pin else other for other in FOUND]
    (problem,) = problems(FOUND, found)
    assert problem == f"found with {field} other, expected {getattr(pin, field) or '(none)'}"


def test_a_pin_that_is_found_twice_is_named() -> None:
    assert problems(FOUND, [*FOUND, FOUND[0]]) == ["found 2 times, expected 1"]


def test_something_that_nobody_pinned_is_named() -> None:
    extra = replace(FOUND[0], name="surprise")
    assert problems(FOUND, [*FOUND, extra]) == ["found, and pinned nowhere that pipeline/pinned.py knows of"]


def changed(key: str, value: Any) -> list[Pin]:
    report = copy.deepcopy(RECORDED)
    file = report["repositories"]["local"]["packageFiles"]["pip-compile"][0]
    file["deps"][0][key] = value
    return extraction.read(report)[0]


def test_a_pin_that_renovate_leaves_out_is_named_with_its_reason() -> None:
    assert good(FOUND, changed("skipReason", "github-token-required"))
    (problem,) = problems(FOUND, changed("skipReason", "unversioned-reference"))
    assert "datasource none: unversioned-reference, expected pypi" in problem


def test_a_warning_of_renovates_is_no_success() -> None:
    report = copy.deepcopy(RECORDED)
    told = {"level": 40, "msg": "pip-compile error", "matchedFile": "requirements.lock", "errorMessage": "Option --x"}
    report["repositories"]["local"]["problems"].append(told)
    _, complaints = extraction.read(report)
    assert complaints == ["requirements.lock: pip-compile error Option --x"]
    assert not good(FOUND, complaints=tuple(complaints))
