"""Traefik believes Cloudflare, and lets nobody else in."""

from __future__ import annotations

from typing import Any

import pytest

from components.edge.traefik import Traefik, TraefikArgs
from tests.support.answers import CLOUDFLARE_RANGES
from tests.support.parts import MIRROR, chart_sources, chart_values, policies, project, site, waits_for
from tests.support.recorder import Recording, record

RANGES = [*CLOUDFLARE_RANGES["ipv4Cidrs"], *CLOUDFLARE_RANGES["ipv6Cidrs"]]


def traefik(**changes: Any) -> Recording[Traefik]:
    return record(lambda: Traefik("traefik", TraefikArgs(site=site(**changes), project=project())))


def values(recording: Recording[Any]) -> Any:
    return chart_values(recording, "traefik")


@pytest.fixture(scope="module")
def recording() -> Recording[Traefik]:
    return traefik()


def test_only_cloudflares_ranges_are_trusted_to_name_the_visitor(recording: Recording[Traefik]) -> None:
    ports = values(recording)["ports"]
    assert set(ports) == {"web", "websecure"}
    for port in ports.values():
        assert port["forwardedHeaders"] == {"trustedIPs": RANGES}


def test_only_cloudflares_ranges_may_call_it(recording: Recording[Traefik]) -> None:
    ingress = {name: spec["ingress"] for name, spec in policies(recording).items() if "ingress" in spec}
    callers = [{"ipBlock": {"cidr": cidr}} for cidr in RANGES]
    assert ingress == {
        "traefik/traefik-cloudflare-to-web-ingress": [{"from": callers, "ports": [{"port": 8000, "protocol": "TCP"}]}],
        "traefik/traefik-cloudflare-to-websecure-ingress": [
            {"from": callers, "ports": [{"port": 8443, "protocol": "TCP"}]}
        ],
    }


def test_by_itself_it_may_call_the_api_server_and_nothing_else(recording: Recording[Traefik]) -> None:
    assert [name for name, spec in policies(recording).items() if "egress" in spec] == [
        "traefik/traefik-to-api-server-egress"
    ]


def test_the_visitors_address_survives_the_way_through_the_nodes(recording: Recording[Traefik]) -> None:
    service = values(recording)["service"]
    assert service == {"type": "LoadBalancer", "spec": {"externalTrafficPolicy": "Local"}}


def test_plain_http_is_sent_to_https_for_good(recording: Recording[Traefik]) -> None:
    assert values(recording)["ports"]["web"]["redirections"] == {
        "entryPoint": {"to": "websecure", "scheme": "https", "permanent": True}
    }


def test_its_pods_satisfy_the_restricted_standard_which_the_chart_misses_by_the_seccomp_profile(
    recording: Recording[Traefik],
) -> None:
    assert values(recording)["podSecurityContext"] == {"seccompProfile": {"type": "RuntimeDefault"}}


def test_routes_may_use_middlewares_of_another_namespace_and_ingresses_are_not_its_business(
    recording: Recording[Traefik],
) -> None:
    assert values(recording)["providers"] == {
        "kubernetesCRD": {"allowCrossNamespace": True},
        "kubernetesIngress": {"enabled": False},
    }
    assert values(recording)["ingressClass"] == {"enabled": False}


@pytest.mark.parametrize(("replicas", "budget"), [(1, False), (2, True)])
def test_a_disruption_budget_needs_more_than_one_replica(replicas: int, *, budget: bool) -> None:
    found = values(traefik(replicas=replicas))
    assert found["deployment"] == {"replicas": replicas}
    assert found["podDisruptionBudget"] == {"enabled": budget, "maxUnavailable": 1}


def test_the_image_comes_from_the_mirror_if_there_is_one(recording: Recording[Traefik]) -> None:
    name = "library/traefik"
    assert values(recording)["image"] == {"registry": "docker.io", "repository": name}
    assert values(traefik(registry_mirror=MIRROR))["image"] == {"registry": f"{MIRROR}/docker.io", "repository": name}


def test_routes_see_its_pods_its_public_chain_and_when_it_runs(recording: Recording[Traefik]) -> None:
    pods, public = recording.result.controller.pods, recording.result.middlewares.public
    assert (pods.namespace.name, pods.labels) == ("traefik", {"app.kubernetes.io/name": "traefik"})
    assert (public.namespace.name, public.name) == ("traefik", "chain-public")
    assert waits_for(recording, recording.one(":Middleware", "traefik-chain-public"), ":Application", "traefik")


def test_traefiks_own_kinds_come_alone_and_outlive_it(recording: Recording[Traefik]) -> None:
    crds, chart = chart_sources(recording.one(":Application", "traefik"))
    assert crds["helm"]["valuesObject"] == {
        "traefik": True,
        "gatewayAPI": False,
        "hub": False,
        "deleteOnUninstall": False,
    }
    assert chart["helm"]["skipCrds"] is True


def test_an_upload_has_the_time_that_a_video_takes(recording: Recording[Traefik]) -> None:
    assert values(recording)["ports"]["websecure"]["transport"] == {"respondingTimeouts": {"readTimeout": "1h"}}


def test_the_homes_own_machines_call_it_past_cloudflare_if_the_home_says_which_they_are() -> None:
    at_home = {"ipBlock": {"cidr": "192.168.1.0/24"}}
    found = policies(traefik(home_cidrs=["192.168.1.0/24"]))
    for entry_point, port in (("web", 8000), ("websecure", 8443)):
        ingress = found[f"traefik/traefik-home-to-{entry_point}-ingress"]["ingress"]
        assert ingress == [{"from": [at_home], "ports": [{"port": port, "protocol": "TCP"}]}]
    assert not any("home" in name for name in policies(traefik()))


def test_nothing_that_a_machine_at_home_says_of_a_visitor_is_believed() -> None:
    for port in values(traefik(home_cidrs=["192.168.1.0/24"]))["ports"].values():
        assert port["forwardedHeaders"] == {"trustedIPs": RANGES}


def test_without_a_public_address_it_has_a_load_balancer_for_the_home_alone() -> None:
    assert values(traefik(public_address=None))["service"] == {"type": "ClusterIP"}
    led = traefik(public_address=None, home_cidrs=["192.168.1.0/24"])
    assert values(led)["service"]["type"] == "LoadBalancer"
    assert not any("cloudflare" in name for name in policies(led))
