"""Routes: which request reaches which Service, and past which questions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from components.edge.routes import UPWARDS, TraefikRouted, TraefikRoutedArgs, Tunnelled, TunnelledArgs
from components.edge.ways_in import RecordOwner
from components.kit import (
    ForwardAuth,
    ForwardAuthGate,
    IngressController,
    Oidc,
    Pods,
    Public,
    TraefikRoute,
    TunnelIngress,
)
from components.vocabulary import USERS
from tests.support.parts import done, endpoint, middleware, namespace, peer, policies, traefik, waits_for, ways_in
from tests.support.recorder import Recording, record
from tests.support.routing import excluded

HOST = "music.example.org"
MUSIC = {"name": "music", "namespace": "music", "port": 4533}
OUTPOST = {"name": "outpost", "namespace": "outpost", "port": 9000}
PUBLIC_CHAIN = [{"name": "chain-public", "namespace": "traefik"}]
AUTHENTICATED_CHAIN = [{"name": "chain-authenticated", "namespace": "apart"}]
PUBLIC = Public(reason="it shows nothing")
OIDC = Oidc(callback="/callback", groups=[USERS])


def forward_auth(*open_paths: str) -> ForwardAuth:
    reason = "they have credentials of their own" if open_paths else ""
    return ForwardAuth(group=USERS, open_paths=open_paths, open_paths_reason=reason)


def gate() -> ForwardAuthGate:
    return ForwardAuthGate(
        chain=middleware("chain-authenticated", namespace("apart")), callback=endpoint("outpost", 9000)
    )


def routed(
    sign_in: Oidc | ForwardAuth | Public, *, path: str = "/", dashboard: bool = False, closed: Sequence[str] = ()
) -> TraefikRouted:
    proxy, called = traefik(), None if dashboard else endpoint()
    return TraefikRouted(
        "music",
        TraefikRoutedArgs(
            namespace=called.namespace if called else proxy.pods.namespace,
            endpoint=called,
            route=TraefikRoute(host=HOST, sign_in=sign_in, path=path, closed_paths=closed),
            traefik=proxy,
            public_chain=middleware("chain-public", proxy.pods.namespace),
            gate=gate(),
            wait_for=[done("record")],
        ),
    )


def rules(recording: Recording[Any]) -> Any:
    return recording.one(":IngressRoute", "music").spec["routes"]


def notes(recording: Recording[Any], kind: str = ":IngressRoute") -> Any:
    return recording.one(kind, "music").inputs["metadata"]["annotations"]


def tunnelled() -> Tunnelled:
    connector = Pods(namespace=namespace("tunnel"), labels={"app": "cloudflared"})
    return Tunnelled(
        "music",
        TunnelledArgs(
            endpoint=endpoint(),
            route=TunnelIngress(host=HOST, sign_in=PUBLIC),
            tunnel=IngressController(pods=connector, ready=done("controller")),
            ways=ways_in({HOST: RecordOwner.CONTROLLER}),
        ),
    )


def test_a_public_route_has_one_rule_and_strips_identities() -> None:
    assert rules(record(lambda: routed(PUBLIC))) == [
        {"kind": "Rule", "match": f"Host(`{HOST}`)", "middlewares": PUBLIC_CHAIN, "services": [MUSIC]}
    ]


def test_an_application_that_signs_in_by_itself_never_sees_a_callers_identity_headers_either() -> None:
    recording = record(lambda: routed(OIDC))
    assert [rule["middlewares"] for rule in rules(recording)] == [PUBLIC_CHAIN]
    assert notes(recording) == {"homelab/sign-in": "oidc"}


def test_it_listens_on_https_with_the_default_certificate() -> None:
    spec = record(lambda: routed(PUBLIC)).one(":IngressRoute", "music").spec
    assert spec["entryPoints"] == ["websecure"]
    assert spec["tls"] == {}


def test_behind_forward_auth_the_callback_is_asked_first_and_asks_for_no_sign_in() -> None:
    asked, callback = rules(record(lambda: routed(forward_auth())))
    assert asked == {
        "kind": "Rule",
        "match": f"Host(`{HOST}`)",
        "middlewares": AUTHENTICATED_CHAIN,
        "services": [MUSIC],
    }
    assert callback == {
        "kind": "Rule",
        "match": f"Host(`{HOST}`) && PathPrefix(`/outpost.goauthentik.io/`)",
        "services": [OUTPOST],
        "priority": 1000,
    }


def test_no_rule_leads_to_a_closed_path_however_it_is_written() -> None:
    first, *others = rules(record(lambda: routed(forward_auth("/hook/"), closed=["/metrics", "/api/v1.0"])))
    assert first["match"].startswith(f"Host(`{HOST}`) && !PathRegexp(`")
    shut = excluded(first["match"])
    for path in (
        "/metrics",
        "/METRICS/x",
        "//metrics",
        "/%2fmetrics",
        "/.%5Cmetrics",
        "/x/..%2fmetrics",
        "/x/..\\metrics",
    ):
        assert any(pattern.search(path) for pattern in shut), path
    for path in ("/api/v1.0", "/api%2Fv1.0", "/api/%252e%252e/", "/x%2f..;/metrics"):
        assert any(pattern.search(path) for pattern in shut), path
    for path in ("/", "/song/metrics", "/api/v1x0", "/feed%2Fhttp%3A%2F%2Fexample.org", "/a..b/c", "/x/..."):
        assert not any(pattern.search(path) for pattern in shut), path
    assert first["middlewares"] == AUTHENTICATED_CHAIN
    # Its own length says nothing any more: every other rule of the host comes before it.
    assert first["priority"] < min(rule.get("priority", len(rule["match"])) for rule in others)
    assert not any("metrics" in rule["match"] for rule in others)
    (public,) = rules(record(lambda: routed(PUBLIC, closed=["/metrics"])))
    assert "!PathRegexp" in public["match"]


@pytest.mark.parametrize(
    "way", ["..%2fx", "..%5Cx", "..\\x", "..;/x", "%2e%2e%2fx", "%252e%252e/x", "x%2f..", "..%00/x"]
)
def test_an_open_path_that_may_be_read_as_another_one_is_not_open(way: str) -> None:
    (upwards,) = excluded(UPWARDS)
    assert upwards.search(f"/rest/{way}")


def test_open_paths_go_past_forward_auth_without_an_identity() -> None:
    recording = record(lambda: routed(forward_auth("/rest", "/share")))
    found = {rule["match"]: rule.get("middlewares") for rule in rules(recording)}
    assert found == {
        f"Host(`{HOST}`)": AUTHENTICATED_CHAIN,
        f"Host(`{HOST}`) && (PathPrefix(`/rest`) || PathPrefix(`/share`)) && {UPWARDS}": PUBLIC_CHAIN,
        f"Host(`{HOST}`) && PathPrefix(`/outpost.goauthentik.io/`)": None,
    }
    assert notes(recording) == {
        "homelab/sign-in": "forward-auth",
        "homelab/open-paths-reason": "they have credentials of their own",
    }


def test_a_route_below_another_ones_host_is_asked_too_and_leaves_the_callback_to_that_one() -> None:
    recording = record(lambda: routed(forward_auth(), path="/files"))
    assert rules(recording) == [
        {
            "kind": "Rule",
            "match": f"Host(`{HOST}`) && PathPrefix(`/files`)",
            "middlewares": AUTHENTICATED_CHAIN,
            "services": [MUSIC],
        }
    ]


def test_a_public_route_says_why_it_is_public() -> None:
    assert notes(record(lambda: routed(PUBLIC))) == {
        "homelab/sign-in": "public",
        "homelab/public-reason": "it shows nothing",
    }


def test_a_route_behind_forward_auth_needs_the_gate_and_no_other_does() -> None:
    def without_gate(sign_in: Oidc | ForwardAuth | Public) -> TraefikRouted:
        called, proxy = endpoint(), traefik()
        args = TraefikRoutedArgs(
            namespace=called.namespace,
            endpoint=called,
            route=TraefikRoute(host=HOST, sign_in=sign_in),
            traefik=proxy,
            public_chain=middleware("chain-public", proxy.pods.namespace),
            gate=None,
        )
        return TraefikRouted("music", args)

    with pytest.raises(ValueError, match=f"{HOST}: expected the gate of forward auth"):
        record(lambda: without_gate(forward_auth()))
    for sign_in in (PUBLIC, OIDC):
        assert rules(record(partial(without_gate, sign_in)))[0]["middlewares"] == PUBLIC_CHAIN


def test_traefik_may_call_these_pods_at_this_port_and_the_route_waits_for_it() -> None:
    recording = record(lambda: routed(PUBLIC))
    traefik = peer("traefik", {"app.kubernetes.io/name": "traefik"})
    rule = policies(recording)["music/music-from-traefik-ingress"]["ingress"]
    assert rule == [{"from": [traefik], "ports": [{"port": 4533, "protocol": "TCP"}]}]
    route = recording.one(":IngressRoute", "music")
    for kind, name in (
        (":NetworkPolicy", "music-from-traefik-ingress"),
        (":NetworkPolicy", "music-from-traefik-egress"),
        (":ConfigMap", "record"),
        (":ConfigMap", "traefik-runs"),
        (":ConfigMap", "chain-public"),
        (":ConfigMap", "chain-authenticated"),
        ("core/v1:Namespace", "music"),
    ):
        assert waits_for(recording, route, kind, name), name


def test_the_dashboard_is_traefik_itself_and_needs_no_permission() -> None:
    recording = record(lambda: routed(forward_auth(), dashboard=True))
    assert rules(recording)[0]["services"] == [{"name": "api@internal", "kind": "TraefikService"}]
    assert recording.one(":IngressRoute", "music").object_name == "traefik/music"
    assert policies(recording) == {}


def test_through_the_tunnel_the_host_goes_to_the_service_by_the_tunnels_class() -> None:
    recording = record(tunnelled)
    ingress = recording.one(":Ingress", "music")
    backend = {"service": {"name": "music", "port": {"number": 4533}}}
    assert ingress.spec == {
        "ingressClassName": "cloudflare-tunnel",
        "rules": [{"host": HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
    }
    assert notes(recording, ":Ingress") == {
        "homelab/sign-in": "public",
        "homelab/public-reason": "it shows nothing",
    }


def test_the_tunnels_record_is_left_to_its_controller() -> None:
    assert record(tunnelled).of(":DnsRecord") == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [(":ConfigMap", "controller"), (":NetworkPolicy", "music-from-tunnel-ingress"), ("core/v1:Namespace", "music")],
)
def test_the_ingress_comes_after_its_controller_and_goes_before_it(kind: str, name: str) -> None:
    recording = record(tunnelled)
    assert waits_for(recording, recording.one(":Ingress", "music"), kind, name)


def test_only_the_connector_may_call_the_pods() -> None:
    rule = policies(record(tunnelled))["music/music-from-tunnel-ingress"]["ingress"]
    connector = peer("tunnel", {"app": "cloudflared"})
    assert rule == [{"from": [connector], "ports": [{"port": 4533, "protocol": "TCP"}]}]
