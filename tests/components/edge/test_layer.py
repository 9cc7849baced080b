"""The layer of the edge: the two ways in from outside, and what makes a service reachable by them."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge import Edge, EdgeArgs
from components.kit import (
    CatalogEntry,
    ForwardAuth,
    ForwardAuthGate,
    Foundation,
    Public,
    TraefikRoute,
    TunnelIngress,
)
from components.vocabulary import ADMINS
from tests.support.parts import base, endpoint, middleware, namespace, peer, policies, waits_for
from tests.support.recorder import Recording, record

PUBLIC = Public(reason="it shows nothing")


def build() -> tuple[Foundation, Edge]:
    found = base()
    args = EdgeArgs(
        base=found,
        account_id="account",
        tunnel_token="token",
        dashboard_host="traefik.example.org",
        access_hosts=["ssh.example.org"],
    )
    return found, Edge("edge", args)


def music(exposure: TraefikRoute | TunnelIngress) -> CatalogEntry:
    called = endpoint()
    return CatalogEntry(
        name="music", title="Music", description="", namespace=called.namespace, endpoint=called, exposure=exposure
    )


def publishing(exposure: TraefikRoute | TunnelIngress) -> Recording[Any]:
    def program() -> Any:
        _, edge = build()
        return edge.publish(music(exposure))

    return record(program)


@pytest.fixture(scope="module")
def recording() -> Recording[tuple[Foundation, Edge]]:
    return record(build)


def test_its_own_dashboard_is_for_administrators_behind_forward_auth(recording: Recording[Any]) -> None:
    found, _ = recording.result
    (entry,) = found.contributions.catalog.close()
    assert (entry.name, entry.endpoint, entry.namespace.name) == ("traefik", None, "traefik")
    assert entry.exposure == TraefikRoute(host="traefik.example.org", sign_in=ForwardAuth(group=ADMINS))


def test_the_tunnels_credentials_are_handed_in_for_the_outputs(recording: Recording[Any]) -> None:
    found, _ = recording.result
    (secret,) = found.contributions.secrets.close()
    assert secret.name == "secret-tunnel-ingress-cloudflare"


def test_nothing_is_reachable_until_it_is_published(recording: Recording[Any]) -> None:
    for kind in (":IngressRoute", ":Ingress", ":DnsRecord"):
        assert recording.of(kind) == []


def test_a_route_through_traefik_is_answered_by_traefiks_own_pods_and_chain() -> None:
    recording = publishing(TraefikRoute(host="music.example.org", sign_in=PUBLIC))
    route = recording.one(":IngressRoute", "music")
    assert route.spec["routes"][0]["middlewares"] == [{"name": "chain-public", "namespace": "traefik"}]
    callers = policies(recording)["music/music-from-traefik-ingress"]["ingress"][0]["from"]
    assert callers == [peer("traefik", {"app.kubernetes.io/name": "traefik"})]
    assert waits_for(recording, route, ":Application", "traefik")
    assert recording.one(":Published", "music").parent == recording.one(":Edge", "edge").urn


def test_a_route_through_the_tunnel_is_answered_by_its_connector() -> None:
    recording = publishing(TunnelIngress(host="music.example.org", sign_in=PUBLIC))
    callers = policies(recording)["music/music-from-tunnel-ingress"]["ingress"][0]["from"]
    assert callers == [peer("tunnel-ingress", {"app": "controlled-cloudflared-connector"})]
    assert waits_for(recording, recording.one(":Ingress", "music"), ":Application", "tunnel-ingress")


def test_what_is_behind_forward_auth_goes_through_the_gate_that_it_is_published_with() -> None:
    exposure = TraefikRoute(host="music.example.org", sign_in=ForwardAuth(group=ADMINS))

    def program() -> Any:
        _, edge = build()
        gate = ForwardAuthGate(
            chain=middleware("chain-authenticated", namespace("apart")), callback=endpoint("outpost", 9000)
        )
        return edge.publish(music(exposure), gate)

    rule = record(program).one(":IngressRoute", "music").spec["routes"][0]
    assert rule["middlewares"] == [{"name": "chain-authenticated", "namespace": "apart"}]
    with pytest.raises(ValueError, match="expected the gate of forward auth"):
        publishing(exposure)
