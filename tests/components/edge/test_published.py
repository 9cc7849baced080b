"""From an entry of the catalog to what makes it reachable."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pulumi
import pytest

from components.edge.published import Published, PublishedArgs
from components.edge.ways_in import owners
from components.kit import (
    Access,
    AccessIngress,
    CatalogEntry,
    Exposure,
    ForwardAuth,
    ForwardAuthGate,
    Internal,
    Oidc,
    Public,
    TraefikRoute,
    TunnelIngress,
)
from components.vocabulary import ADMINS, USERS
from tests.support.parts import controller, endpoint, middleware, namespace, site, traefik, waits_for, ways_in
from tests.support.recorder import Recording, Registered, record

HOST = "music.example.org"
PUBLIC = Public(reason="it shows nothing")
TRAEFIK = TraefikRoute(host=HOST, sign_in=PUBLIC)
TUNNEL = TunnelIngress(host=HOST, sign_in=PUBLIC)
ACCESS = AccessIngress(host=HOST, sign_in=Access(group=ADMINS), tunnel_id="tunnel-id")


def publish(
    exposure: Exposure, *, name: str = "music", with_endpoint: bool = True, gate: bool = True, **changes: Any
) -> Published:
    """An entry with this exposure, published in a home with these changes."""
    place, proxy = endpoint(name), traefik()
    home = site(zones={"example.net": "zone-2", "example.org": "zone-1"}, **changes)
    return Published(
        name,
        PublishedArgs(
            site=home,
            entry=CatalogEntry(
                name=name,
                title="Music",
                description="",
                namespace=place.namespace,
                endpoint=place if with_endpoint else None,
                exposure=exposure,
            ),
            traefik=proxy,
            public_chain=middleware("chain-public", proxy.pods.namespace),
            tunnel=controller("tunnel"),
            ways=ways_in(owners(exposure, home)),
            gate=ForwardAuthGate(
                chain=middleware("chain-authenticated", namespace("apart")), callback=endpoint("outpost", 9000)
            )
            if gate
            else None,
        ),
    )


def published(exposure: Exposure, **more: Any) -> Recording[Published]:
    return record(lambda: publish(exposure, **more))


def outside(recording: Recording[Any]) -> set[tuple[str, str]]:
    """Whatever makes something reachable, by kind and name."""
    kinds = ("IngressRoute", "Ingress", "DnsRecord")
    return {(kind, item.name) for item in recording.resources if (kind := item.type.rsplit(":", 1)[-1]) in kinds}


def ready(recording: Recording[Published]) -> Registered:
    """What was registered for `ready`."""
    found = recording.result.ready
    return recording.one(found.pulumi_resource_type, found.pulumi_resource_name)


@pytest.mark.parametrize("sign_in", [PUBLIC, ForwardAuth(group=USERS), Oidc(callback="/callback", groups=[USERS])])
def test_a_route_through_traefik_has_a_record_that_is_there_before_it(
    sign_in: Public | ForwardAuth | Oidc,
) -> None:
    recording = published(TraefikRoute(host=HOST, sign_in=sign_in))
    assert outside(recording) == {("IngressRoute", "music"), ("DnsRecord", HOST)}
    route = recording.one(":IngressRoute", "music")
    assert route.object_name == "music/music"
    assert waits_for(recording, route, ":DnsRecord", HOST)
    assert ready(recording) == route


def test_the_record_is_proxied_and_its_time_to_live_is_cloudflares_to_choose() -> None:
    assert published(TRAEFIK).one(":DnsRecord", HOST).inputs == {
        "zoneId": "zone-1",
        "name": HOST,
        "type": "A",
        "content": "203.0.113.10",
        "proxied": True,
        "ttl": 1,
        "comment": "homelab",
    }


def test_what_shares_another_ones_host_shares_its_record_too() -> None:
    recording = published(TraefikRoute(host=HOST, path="/files", sign_in=ForwardAuth(group=USERS)))
    assert outside(recording) == {("IngressRoute", "music")}


def test_traefiks_own_dashboard_has_a_route_and_a_record_although_it_has_no_service() -> None:
    recording = published(TraefikRoute(host=HOST, sign_in=ForwardAuth(group=ADMINS)), with_endpoint=False)
    assert outside(recording) == {("IngressRoute", "music"), ("DnsRecord", HOST)}
    rule = recording.one(":IngressRoute", "music").spec["routes"][0]
    assert rule["services"] == [{"name": "api@internal", "kind": "TraefikService"}]


def test_what_is_published_before_forward_auth_exists_may_not_need_it() -> None:
    assert published(TRAEFIK, gate=False).one(":IngressRoute", "music")
    with pytest.raises(ValueError, match="expected the gate of forward auth"):
        published(TraefikRoute(host=HOST, sign_in=ForwardAuth(group=USERS)), gate=False)


@pytest.mark.parametrize("sign_in", [PUBLIC, Oidc(callback="/callback", groups=[USERS])])
def test_through_the_tunnel_the_record_is_left_to_its_controller(sign_in: Public | Oidc) -> None:
    recording = published(TunnelIngress(host=HOST, sign_in=sign_in))
    assert outside(recording) == {("Ingress", "music")}
    ingress = recording.one(":Ingress", "music")
    assert waits_for(recording, ingress, ":ConfigMap", "tunnel-runs")
    assert ready(recording) == ingress


def test_the_tunnel_has_to_lead_somewhere() -> None:
    with pytest.raises(ValueError, match="music: expected an endpoint for the tunnel to lead to"):
        published(TUNNEL, with_endpoint=False)


def test_behind_access_there_is_a_record_that_points_at_the_tunnel_and_nothing_in_the_cluster() -> None:
    recording = published(ACCESS, name=HOST, with_endpoint=False)
    assert outside(recording) == {("DnsRecord", HOST)}
    made = recording.one(":DnsRecord", HOST)
    assert made.inputs == {
        "zoneId": "zone-1",
        "name": HOST,
        "type": "CNAME",
        "content": "tunnel-id.cfargotunnel.com",
        "proxied": True,
        "ttl": 1,
        "comment": "homelab",
    }
    assert ready(recording) == made


def test_behind_access_the_tunnel_may_be_known_only_later() -> None:
    def late() -> Published:
        tunnel = pulumi.Output.from_input("late-id")
        return publish(AccessIngress(host=HOST, sign_in=Access(group=ADMINS), tunnel_id=tunnel))

    assert record(late).one(":DnsRecord", HOST).inputs["content"] == "late-id.cfargotunnel.com"


def test_what_only_the_cluster_may_call_is_not_made_reachable() -> None:
    recording = published(Internal())
    assert outside(recording) == set()
    assert recording.one(":Published", "music").urn in recording.finished
    assert recording.result.ready is recording.result


def test_a_record_is_known_by_its_host_whoever_has_it_so_that_a_host_may_change_hands() -> None:
    first, second = (published(TRAEFIK, name=name).one(":DnsRecord", HOST) for name in ("music", "radio"))
    assert first.urn == second.urn


@pytest.mark.parametrize("exposure", [TRAEFIK, ACCESS])
def test_the_old_record_goes_before_the_new_one_comes_since_cloudflare_refuses_a_second(exposure: Exposure) -> None:
    assert published(exposure).one(":DnsRecord", HOST).delete_before_replace


def test_a_host_may_change_from_traefik_to_access_without_two_records_of_its_name() -> None:
    assert published(TRAEFIK).one(":DnsRecord", HOST).urn == published(ACCESS).one(":DnsRecord", HOST).urn


@pytest.mark.parametrize(("host", "zone"), [(HOST, "zone-1"), ("music.example.net", "zone-2")])
def test_a_record_goes_to_its_hosts_zone(host: str, zone: str) -> None:
    made = published(TraefikRoute(host=host, sign_in=PUBLIC)).one(":DnsRecord", host)
    assert made.inputs["zoneId"] == zone


def test_a_public_address_of_ipv6_has_a_record_of_its_kind() -> None:
    made = published(TRAEFIK, public_address=IPv6Address("2001:db8::1")).one(":DnsRecord", HOST).inputs
    assert (made["type"], made["content"]) == ("AAAA", "2001:db8::1")


def brings_about(recording: Recording[Any]) -> Registered:
    """The one thing that the host's DNS record comes from."""
    (found,) = (item for item in recording.resources if item.replace_with)
    return found


@pytest.mark.parametrize("exposure", [TRAEFIK, ACCESS, TUNNEL])
@pytest.mark.parametrize("public_address", [IPv4Address("203.0.113.10"), None])
def test_what_brings_a_hosts_record_about_hangs_on_its_owner(
    exposure: Exposure, public_address: IPv4Address | None
) -> None:
    recording = published(exposure, public_address=public_address)
    ours = exposure is ACCESS or (exposure is TRAEFIK and public_address is not None)
    item = brings_about(recording)
    assert item.type.endswith(":DnsRecord" if ours else ":Ingress")
    assert item.replace_with == {recording.one(":Stash", f"{HOST}-{'program' if ours else 'controller'}").urn}
    # Of an object's name there is only one at a time, and of a record's too.
    assert item.delete_before_replace


def test_what_shares_another_ones_host_brings_no_record_about() -> None:
    recording = published(TraefikRoute(host=HOST, path="/files", sign_in=PUBLIC))
    assert [item for item in recording.resources if item.replace_with] == []
