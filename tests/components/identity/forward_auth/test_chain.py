"""What Traefik does with a request behind forward auth."""

from __future__ import annotations

from typing import Any

import pytest

from components.identity.forward_auth.chain import ForwardAuthChain, ForwardAuthChainArgs
from components.kit.traefik import IDENTITY_HEADERS
from tests.support.parts import endpoint, middleware, peer, policies, traefik, waits_for
from tests.support.recorder import Recording, record


def authenticated() -> ForwardAuthChain:
    proxy = traefik()
    place = proxy.pods.namespace
    args = ForwardAuthChainArgs(
        traefik=proxy,
        security_headers=middleware("security-headers", place),
        compress=middleware("compress", place),
        outpost=endpoint("outpost", 9000),
    )
    return ForwardAuthChain("gate", args)


@pytest.fixture(scope="module")
def recording() -> Recording[ForwardAuthChain]:
    return record(authenticated)


def test_the_chain_asks_authentik_between_the_headers_and_the_compression(
    recording: Recording[ForwardAuthChain],
) -> None:
    made = recording.one(":Middleware", "gate-chain-authenticated")
    names = [item["name"] for item in made.spec["chain"]["middlewares"]]
    assert names == ["security-headers", "authentik-forward-auth", "compress"]
    assert made.object_name == "traefik/chain-authenticated"
    chain = recording.result.chain
    assert (chain.namespace.name, chain.name) == ("traefik", "chain-authenticated")


def test_it_overwrites_the_headers_that_the_public_chain_strips(recording: Recording[Any]) -> None:
    made = recording.one(":Middleware", "gate-authentik-forward-auth")
    assert made.object_name == "traefik/authentik-forward-auth"
    assert made.spec == {
        "forwardAuth": {
            "address": "http://outpost.outpost.svc:9000/outpost.goauthentik.io/auth/traefik",
            "trustForwardHeader": False,
            "authResponseHeaders": list(IDENTITY_HEADERS),
        }
    }


def test_traefik_may_call_the_outpost(recording: Recording[Any]) -> None:
    rule = policies(recording)["outpost/gate-from-traefik-ingress"]["ingress"]
    traefiks = peer("traefik", {"app.kubernetes.io/name": "traefik"})
    assert rule == [{"from": [traefiks], "ports": [{"port": 9000, "protocol": "TCP"}]}]


def test_they_come_after_traefiks_own_kinds_and_the_chain_after_what_it_names(recording: Recording[Any]) -> None:
    for item in recording.of(":Middleware"):
        assert waits_for(recording, item, ":ConfigMap", "traefik-runs"), item.name
    chain = recording.one(":Middleware", "gate-chain-authenticated")
    assert waits_for(recording, chain, ":Middleware", "gate-authentik-forward-auth")
    for name in ("security-headers", "compress"):
        assert waits_for(recording, chain, ":ConfigMap", name)
