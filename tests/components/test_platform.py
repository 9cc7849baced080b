"""The wiring: what a setting changes, and nothing beside it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pulumi.runtime import rpc

from components import platform
from components.apps import APPS
from components.outputs import Outputs
from components.vocabulary import SIGN_IN
from tests.conftest import build_with, configuration_of
from tests.support.parts import chart_sources
from tests.support.recorder import Recording, record


def named(recording: Recording[Outputs], *kinds: str) -> set[str]:
    """`Kind::name` of the resources of these kinds."""
    return {
        f"{item.type.rsplit(':', 1)[-1]}::{item.name}"
        for item in recording.resources
        if item.custom and item.type.rsplit(":", 1)[-1] in kinds
    }


def all_of(recording: Recording[Outputs]) -> set[tuple[str, str]]:
    return {(item.type, item.name) for item in recording.resources}


@pytest.fixture(scope="module")
def without_apps(stack_values: dict[str, Any]) -> Recording[Outputs]:
    off = {f"apps__{app.name}__enabled": False for app in APPS}
    return build_with(stack_values, **off, access={}, monitoring={"enabled": False})


@pytest.fixture(scope="module")
def single(stack_values: dict[str, Any]) -> Recording[Outputs]:
    """One pod of everything, no File Browser, and Navidrome in the second zone."""
    return build_with(
        stack_values,
        availability="single",
        apps__filebrowser__enabled=False,
        apps__navidrome__host="music.suzutan.jp",
    )


def test_an_app_that_is_off_has_neither_route_nor_record_nor_provider(without_apps: Recording[Outputs]) -> None:
    assert named(without_apps, "IngressRoute", "Ingress", "DnsRecord", "ProviderProxy", "Deployment") == {
        # What their databases have archived stays where it can be had.
        *(f"Deployment::{name}-archive" for name in ("authentik", "immich", "n8n")),
        "DnsRecord::argocd.harvestasya.org",
        "DnsRecord::grathnode.harvestasya.org",
        "DnsRecord::traefik.harvestasya.org",
        "IngressRoute::argocd",
        "IngressRoute::argocd-webhook-grpc-ingressroute",
        "IngressRoute::argocd-webhook-ingressroute",
        "IngressRoute::authentik",
        "IngressRoute::traefik",
        "ProviderProxy::traefik",
    }
    assert {item.name for item in without_apps.result.services} == {"authentik", "argocd", "traefik"}


def test_apps_that_are_off_take_only_their_own_resources_along(
    homelab: Recording[Outputs], without_apps: Recording[Outputs]
) -> None:
    assert all_of(without_apps) < all_of(homelab)


def test_the_outpost_decides_about_the_hosts_that_there_are(
    homelab: Recording[Outputs], extended: Recording[Outputs], without_apps: Recording[Outputs]
) -> None:
    for recording in (homelab, extended, without_apps):
        (outpost,) = recording.of("outpost:Outpost")
        guarded = {
            re.findall(r"Host\(`([^`]+)`\)", item.spec["routes"][0]["match"])[0]
            for item in recording.of(":IngressRoute")
            if item.inputs["metadata"]["annotations"][SIGN_IN] == "forward-auth"
        }
        hosts = {item.inputs["externalHost"].removeprefix("https://") for item in recording.of(":ProviderProxy")}
        assert hosts == guarded
        assert len(outpost.inputs["protocolProviders"]) == len(guarded)


def test_without_hosts_behind_access_there_is_no_second_tunnel(without_apps: Recording[Outputs]) -> None:
    assert named(without_apps, "ZeroTrustTunnelCloudflared") == {"ZeroTrustTunnelCloudflared::tunnel-ingress"}
    assert not any(item.type.startswith("cloudflare:index/zeroTrustAccess") for item in without_apps.resources)


def test_file_browser_shares_navidromes_host_record_and_sign_in(
    homelab: Recording[Outputs], single: Recording[Outputs]
) -> None:
    (rule,) = homelab.one(":IngressRoute", "filebrowser").spec["routes"]
    assert rule["match"] == "Host(`navidrome.harvestasya.org`) && PathPrefix(`/files`)"
    assert rule["middlewares"] == [{"name": "chain-authenticated", "namespace": "traefik"}]
    records = [item.inputs["name"] for item in homelab.of(":DnsRecord")]
    assert records.count("navidrome.harvestasya.org") == 1
    assert "filebrowser" not in {item.name for item in homelab.of(":ProviderProxy")}
    assert "filebrowser" not in {item.name for item in single.resources}


def test_every_host_behind_traefik_has_one_proxied_record(extended: Recording[Outputs]) -> None:
    hosts = {
        host
        for item in extended.of(":IngressRoute")
        for rule in item.spec["routes"]
        for host in re.findall(r"Host\(`([^`]+)`\)", rule["match"])
    }
    records = [item for item in extended.of(":DnsRecord") if item.inputs["type"] == "A"]
    assert sorted(item.inputs["name"] for item in records) == sorted(hosts)
    for made in (item.inputs for item in records):
        assert (made["content"], made["proxied"], made["ttl"]) == ("203.0.113.10", True, 1)
        assert made["zoneId"] == "8c1f6a0e5b7d4923a6e0c5d2b94f7138"


def test_a_host_in_the_second_zone_has_its_record_there(single: Recording[Outputs]) -> None:
    made = single.one(":DnsRecord", "music.suzutan.jp").inputs
    assert (made["name"], made["zoneId"]) == ("music.suzutan.jp", "3e9b27d40c8a4f15b6d1720e9f5ac846")
    assert single.one(":ProviderProxy", "navidrome").inputs["externalHost"] == "https://music.suzutan.jp"


def test_navidromes_open_paths_never_carry_an_identity(homelab: Recording[Outputs]) -> None:
    rules = homelab.one(":IngressRoute", "navidrome").spec["routes"]
    (open_paths,) = [rule for rule in rules if "PathPrefix(`/rest/`)" in rule["match"]]
    assert open_paths["middlewares"] == [{"name": "chain-public", "namespace": "traefik"}]
    assert (
        "Subsonic"
        in homelab.one(":IngressRoute", "navidrome").inputs["metadata"]["annotations"]["homelab/open-paths-reason"]
    )


def test_every_zone_has_its_certificate_and_traefik_knows_them_all(homelab: Recording[Outputs]) -> None:
    certificates = {item.spec["secretName"] for item in homelab.of(":Certificate")}
    store = homelab.one(":TLSStore", "default-tls-store").spec
    known = [store["defaultCertificate"], *store["certificates"]]
    assert {item["secretName"] for item in known} == certificates == {"tls-harvestasya.org", "tls-suzutan.jp"}


def test_high_availability_doubles_what_requests_pass_through(
    homelab: Recording[Outputs], single: Recording[Outputs]
) -> None:
    for recording, count in ((homelab, 2), (single, 1)):
        values = {
            item.name: chart_sources(item)[-1]["helm"]["valuesObject"] for item in recording.of("v1alpha1:Application")
        }
        (outpost,) = recording.of("outpost:Outpost")
        found = {
            "argocd": recording.one(":Release", "argocd").inputs["values"]["server"]["replicas"],
            "authentik": values["authentik"]["server"]["replicas"],
            "traefik": values["traefik"]["deployment"]["replicas"],
            "tunnel": values["tunnel-ingress"]["cloudflared"]["replicaCount"],
            "webhook": values["cert-manager"]["webhook"]["replicaCount"],
            "access": recording.one(":Deployment", "access-tunnel").spec["replicas"],
        }
        assert set(found.values()) == {count}, found
        assert f'"kubernetes_replicas": {count}' in outpost.inputs["config"]
        assert ("access-tunnel" in {item.name for item in recording.of(":PodDisruptionBudget")}) == (count > 1)


@pytest.fixture(scope="module")
def planned(stack_values: dict[str, Any]) -> Recording[Outputs]:
    """The first preview: nothing exists yet."""
    return record(lambda: platform.build(configuration_of(stack_values)), preview=True)


def test_the_first_preview_shows_everything(planned: Recording[Outputs], homelab: Recording[Outputs]) -> None:
    assert all_of(planned) == all_of(homelab)


def test_the_first_preview_asks_for_nothing_that_is_not_there_yet(
    planned: Recording[Outputs], homelab: Recording[Outputs]
) -> None:
    # The cluster's own storage class is there before the first preview.
    assert sorted(homelab.reads) == ["argocd/argocd-initial-admin-secret", "local-path"]
    assert sorted(planned.reads) == sorted([rpc.UNKNOWN, "local-path"])
    assert set(planned.lookups) == {"cloudflare:index/getIpRanges:getIpRanges"}


def test_another_way_to_authentiks_api_changes_nothing_that_browsers_or_services_see(
    homelab: Recording[Outputs], stack_values: dict[str, Any]
) -> None:
    elsewhere = build_with(stack_values, authentik__url="http://192.168.1.11:9000")
    before = {item.urn: item.inputs for item in homelab.resources}
    changed = [item for item in elsewhere.resources if item.inputs != before[item.urn]]
    assert {item.type for item in changed} == {"pulumi:providers:authentik", "homelab:identity:Identity"}
