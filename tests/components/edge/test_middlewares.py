"""The chains: who may say who he is."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge import ForwardAuthChain, ForwardAuthChainArgs
from components.edge.middlewares import IDENTITY_HEADERS, Middlewares, MiddlewaresArgs
from tests.support.parts import done, endpoint, gateway, namespace, peer, policies, waits_for
from tests.support.recorder import Recording, record


def everything() -> tuple[Middlewares, ForwardAuthChain]:
    args = MiddlewaresArgs(namespace=namespace("apart"), ready=done("crds"))
    chain = ForwardAuthChain("authentik", ForwardAuthChainArgs(gateway=gateway(), outpost=endpoint("outpost", 9000)))
    return Middlewares("traefik", args), chain


@pytest.fixture(scope="module")
def recording() -> Recording[Any]:
    return record(everything)


def chain(recording: Recording[Any], name: str) -> list[str]:
    return [item["name"] for item in recording.one(":Middleware", name).spec["chain"]["middlewares"]]


def test_the_public_chain_strips_identities_before_anything_else(recording: Recording[Any]) -> None:
    assert chain(recording, "chain-public") == ["strip-identity", "security-headers", "compress"]


def test_every_header_by_which_authentik_names_a_user_is_stripped(recording: Recording[Any]) -> None:
    headers = recording.one(":Middleware", "strip-identity").spec["headers"]["customRequestHeaders"]
    assert headers == dict.fromkeys(IDENTITY_HEADERS, "")
    assert {"X-authentik-username", "X-authentik-groups", "X-authentik-email"} <= set(headers)


def test_the_authenticated_chain_asks_authentik_and_overwrites_the_same_headers(recording: Recording[Any]) -> None:
    assert chain(recording, "chain-authenticated") == ["security-headers", "authentik", "compress"]
    assert recording.one(":Middleware", "authentik").spec == {
        "forwardAuth": {
            "address": "http://outpost.outpost.svc:9000/outpost.goauthentik.io/auth/traefik",
            "trustForwardHeader": True,
            "authResponseHeaders": list(IDENTITY_HEADERS),
        }
    }


def test_responses_carry_security_headers_and_say_nothing_of_the_server(recording: Recording[Any]) -> None:
    headers = recording.one(":Middleware", "security-headers").spec["headers"]
    assert headers["stsSeconds"] == 365 * 24 * 60 * 60
    assert headers["stsIncludeSubdomains"] is True
    assert headers["contentTypeNosniff"] is True
    assert headers["customFrameOptionsValue"] == "SAMEORIGIN"
    assert headers["customResponseHeaders"] == {"Server": "", "X-Powered-By": ""}


def test_traefik_may_call_the_outpost(recording: Recording[Any]) -> None:
    rule = policies(recording)["outpost/authentik-from-traefik-ingress"]["ingress"]
    traefik = peer("traefik", {"app.kubernetes.io/name": "traefik"})
    assert rule == [{"from": [traefik], "ports": [{"port": 9000, "protocol": "TCP"}]}]


def test_middlewares_come_after_traefiks_own_kinds(recording: Recording[Any]) -> None:
    for name in ("strip-identity", "security-headers", "compress", "chain-public"):
        assert waits_for(recording, recording.one(":Middleware", name), ":ConfigMap", "crds")
    for name in ("authentik", "chain-authenticated"):
        assert waits_for(recording, recording.one(":Middleware", name), ":ConfigMap", "traefik-runs")


def test_chains_refer_to_middlewares_with_their_namespace(recording: Recording[Any]) -> None:
    public = recording.one(":Middleware", "chain-public").spec["chain"]["middlewares"]
    assert {item["namespace"] for item in public} == {"apart"}
