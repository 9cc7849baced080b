"""The middlewares of every route, and the chain of routes that ask for no sign-in at Traefik."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge.middlewares import Middlewares, MiddlewaresArgs
from components.kit.traefik import IDENTITY_HEADERS
from tests.support.parts import traefik, waits_for
from tests.support.recorder import Recording, record


@pytest.fixture(scope="module")
def recording() -> Recording[Middlewares]:
    return record(lambda: Middlewares("edge", MiddlewaresArgs(traefik=traefik())))


def spec(recording: Recording[Any], name: str) -> Any:
    return recording.one(":Middleware", f"edge-{name}").spec


def test_they_are_known_in_the_cluster_by_what_they_do(recording: Recording[Any]) -> None:
    names = {item.object_name for item in recording.of(":Middleware")}
    wanted = ("strip-identity", "security-headers", "compress", "chain-public")
    assert {f"traefik/{name}" for name in wanted} <= names


def test_the_public_chain_strips_identities_before_anything_else(recording: Recording[Middlewares]) -> None:
    middlewares = spec(recording, "chain-public")["chain"]["middlewares"]
    assert [item["name"] for item in middlewares] == ["strip-identity", "security-headers", "compress"]
    assert {item["namespace"] for item in middlewares} == {"traefik"}
    assert recording.result.public.name == "chain-public"


def test_every_header_by_which_authentik_names_a_user_is_stripped(recording: Recording[Any]) -> None:
    headers = spec(recording, "strip-identity")["headers"]["customRequestHeaders"]
    assert headers == dict.fromkeys(IDENTITY_HEADERS, "")
    assert {"X-authentik-username", "X-authentik-groups", "X-authentik-email"} <= set(headers)


def test_responses_carry_security_headers_and_say_nothing_of_the_server(recording: Recording[Any]) -> None:
    headers = spec(recording, "security-headers")["headers"]
    assert headers["stsSeconds"] == 365 * 24 * 60 * 60
    assert headers["stsIncludeSubdomains"] is True
    assert headers["contentTypeNosniff"] is True
    assert headers["customFrameOptionsValue"] == "SAMEORIGIN"
    assert headers["customResponseHeaders"] == {"Server": "", "X-Powered-By": ""}


def test_they_come_after_traefiks_own_kinds(recording: Recording[Any]) -> None:
    for item in recording.of(":Middleware"):
        assert waits_for(recording, item, ":ConfigMap", "traefik-runs"), item.name
