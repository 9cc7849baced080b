"""What somebody may read into a path."""

from __future__ import annotations

import pytest

from drills.http.paths import detours, readings, resolved


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("/rest/../api", "/api"),
        ("//rest/./x//y/", "/rest/x/y/"),
        ("/../..", "/"),
        ("/rest/", "/rest/"),
    ],
)
def test_a_path_without_its_detours(written: str, meant: str) -> None:
    assert resolved(written) == meant


@pytest.mark.parametrize(
    "written", ["/rest/..%2fapi", "/rest/%252e%252e/api", "/rest/..\\api", "/rest/..%5capi?x", "/rest/..;a/api"]
)
def test_a_way_out_is_seen_however_it_is_written(written: str) -> None:
    assert "/api" in readings(written)


def test_what_stays_below_is_read_so_every_time() -> None:
    assert set(readings("/rest/x%20y")) == {"/rest/x%20y", "/rest/x y"}


def test_every_detour_is_another_one() -> None:
    found = [*detours("/metrics")]
    assert len(found) == len(set(found))
    assert "/%6detrics" in found
    assert "/METRICS" in found
