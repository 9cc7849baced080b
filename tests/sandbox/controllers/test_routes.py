"""By which host a Service is reached, as the sandbox's controllers read it in routes."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.routes import host_by_route


def route(match: str) -> dict[str, Any]:
    return {
        "metadata": {"name": "music", "namespace": "music"},
        "spec": {"routes": [{"match": match, "services": [{"name": "music", "port": 80}]}]},
    }


@pytest.mark.parametrize(
    "match",
    ["Host(`music.example.org`)", "Host(`music.example.org`) && !PathRegexp(`(?i)^(/metrics)`) && !PathPrefix(`/x`)"],
)
def test_a_host_leads_to_a_service_also_if_some_paths_of_it_are_closed(match: str) -> None:
    assert host_by_route([route(match)], "music", "music") == "music.example.org"


@pytest.mark.parametrize("matcher", ["Path", "PathPrefix", "PathRegexp"])
def test_single_paths_do_not_make_a_host_a_services(matcher: str) -> None:
    assert host_by_route([route(f"Host(`music.example.org`) && {matcher}(`/rest`)")], "music", "music") is None
