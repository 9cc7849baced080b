"""The wiring: what a setting changes, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime import rpc

from components import platform
from components.platform import Platform
from tests.conftest import build_with, configuration_of
from tests.support.recorder import Recording, record


def named(recording: Recording[Platform], *kinds: str) -> set[str]:
    """`Kind::name` of the resources of these kinds."""
    return {
        f"{item.type.rsplit(':', 1)[-1]}::{item.name}"
        for item in recording.resources
        if item.custom and item.type.rsplit(":", 1)[-1] in kinds
    }


def all_of(recording: Recording[Platform]) -> set[tuple[str, str]]:
    return {(item.type, item.name) for item in recording.resources}


@pytest.fixture(scope="module")
def without_apps(stack_values: dict[str, Any]) -> Recording[Platform]:
    return build_with(
        stack_values,
        apps__navidrome__enabled=False,
        apps__filebrowser__enabled=False,
        apps__echoserver__enabled=False,
        access={},
    )


@pytest.fixture(scope="module")
def single(stack_values: dict[str, Any]) -> Recording[Platform]:
    """One pod of everything, no File Browser, and Navidrome in the second zone."""
    return build_with(
        stack_values,
        availability="single",
        apps__filebrowser__enabled=False,
        hosts__navidrome="music.suzutan.jp",
    )


def test_an_app_that_is_off_has_neither_route_nor_record_nor_provider(without_apps: Recording[Platform]) -> None:
    assert named(without_apps, "IngressRoute", "Ingress", "DnsRecord", "ProviderProxy", "Deployment") == {
        "DnsRecord::argocd",
        "DnsRecord::authentik",
        "DnsRecord::traefik",
        "IngressRoute::argocd",
        "IngressRoute::authentik",
        "IngressRoute::traefik",
        "ProviderProxy::traefik",
    }
    assert [item.name for item in without_apps.result.outputs.services] == ["authentik", "argocd", "traefik"]


def test_apps_that_are_off_take_only_their_own_resources_along(
    homelab: Recording[Platform], without_apps: Recording[Platform]
) -> None:
    assert all_of(without_apps) < all_of(homelab)


def test_the_outpost_decides_about_the_hosts_that_there_are(
    homelab: Recording[Platform], without_apps: Recording[Platform]
) -> None:
    for recording, hosts in ((homelab, 2), (without_apps, 1)):
        (outpost,) = recording.of("outpost:Outpost")
        assert len(outpost.inputs["protocolProviders"]) == hosts


def test_without_hosts_behind_access_there_is_no_second_tunnel(without_apps: Recording[Platform]) -> None:
    assert named(without_apps, "ZeroTrustTunnelCloudflared") == {"ZeroTrustTunnelCloudflared::tunnel-ingress"}
    assert not any(item.type.startswith("cloudflare:index/zeroTrustAccess") for item in without_apps.resources)


def test_file_browser_shares_navidromes_host_record_and_sign_in(
    homelab: Recording[Platform], single: Recording[Platform]
) -> None:
    (rule,) = homelab.one(":IngressRoute", "filebrowser").spec["routes"]
    assert rule["match"] == "Host(`navidrome.harvestasya.org`) && PathPrefix(`/files`)"
    assert rule["middlewares"] == [{"name": "chain-authenticated", "namespace": "traefik"}]
    records = [item.inputs["name"] for item in homelab.of(":DnsRecord")]
    assert records.count("navidrome.harvestasya.org") == 1
    assert {item.name for item in homelab.of(":ProviderProxy")} == {"navidrome", "traefik"}
    assert "filebrowser" not in {item.name for item in single.resources}


@pytest.mark.parametrize("name", ["argocd", "authentik", "navidrome", "traefik"])
def test_every_host_behind_traefik_has_one_proxied_record(homelab: Recording[Platform], name: str) -> None:
    made = homelab.one(":DnsRecord", name).inputs
    assert (made["type"], made["content"], made["proxied"], made["ttl"]) == ("A", "203.0.113.10", True, 1)
    assert made["zoneId"] == "8c1f6a0e5b7d4923a6e0c5d2b94f7138"


def test_a_host_in_the_second_zone_has_its_record_there(single: Recording[Platform]) -> None:
    made = single.one(":DnsRecord", "navidrome").inputs
    assert (made["name"], made["zoneId"]) == ("music.suzutan.jp", "3e9b27d40c8a4f15b6d1720e9f5ac846")
    assert single.one(":ProviderProxy", "navidrome").inputs["externalHost"] == "https://music.suzutan.jp"


def test_navidromes_open_paths_never_carry_an_identity(homelab: Recording[Platform]) -> None:
    rules = homelab.one(":IngressRoute", "navidrome").spec["routes"]
    (open_paths,) = [rule for rule in rules if "PathPrefix(`/rest/`)" in rule["match"]]
    assert open_paths["middlewares"] == [{"name": "chain-public", "namespace": "traefik"}]
    assert (
        "Subsonic"
        in homelab.one(":IngressRoute", "navidrome").inputs["metadata"]["annotations"]["homelab/open-paths-reason"]
    )


def test_every_zone_has_its_certificate_and_traefik_knows_them_all(homelab: Recording[Platform]) -> None:
    certificates = {item.spec["secretName"] for item in homelab.of(":Certificate")}
    store = homelab.one(":TLSStore", "default-tls-store").spec
    known = [store["defaultCertificate"], *store["certificates"]]
    assert {item["secretName"] for item in known} == certificates == {"tls-harvestasya-org", "tls-suzutan-jp"}


def test_high_availability_doubles_what_requests_pass_through(
    homelab: Recording[Platform], single: Recording[Platform]
) -> None:
    for recording, count in ((homelab, 2), (single, 1)):
        values = {
            item.name: item.spec["source"]["helm"]["valuesObject"] for item in recording.of("v1alpha1:Application")
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
        assert len(recording.of(":PodDisruptionBudget")) == count - 1


@pytest.fixture(scope="module")
def planned(stack_values: dict[str, Any]) -> Recording[Platform]:
    """The first preview: nothing exists yet."""
    return record(lambda: platform.build(configuration_of(stack_values)), preview=True)


def test_the_first_preview_shows_everything(planned: Recording[Platform], homelab: Recording[Platform]) -> None:
    assert all_of(planned) == all_of(homelab)


def test_the_first_preview_asks_for_nothing_that_is_not_there_yet(
    planned: Recording[Platform], homelab: Recording[Platform]
) -> None:
    assert homelab.reads == ["argocd/argocd-initial-admin-secret"]
    assert planned.reads == [rpc.UNKNOWN]
    assert set(planned.lookups) == {"cloudflare:index/getIpRanges:getIpRanges"}
