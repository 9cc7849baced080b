"""Outposts of Authentik, and the way to its server."""

from __future__ import annotations

import json
from typing import Any

from sandbox.controllers import outposts, routes
from sandbox.controllers.authentik import resolves


def account(**config: Any) -> dict[str, Any]:
    return {
        "objects": {
            "ServiceConnectionKubernetes": {"here": {"local": True}, "there": {"local": False}},
            "ProviderProxy": {
                "7": {"name": "nav", "externalHost": "https://navidrome.example.net", "mode": "forward_single"}
            },
            "Outpost": {
                "u-1": {
                    "name": "Home Edge",
                    "type": "proxy",
                    "protocolProviders": [7],
                    "serviceConnection": "here",
                    "config": json.dumps({"authentik_host": "https://id.example.net", **config}),
                },
                "u-2": {"name": "embedded", "type": "proxy", "protocolProviders": [], "config": "{}"},
                "u-3": {"name": "far", "type": "proxy", "protocolProviders": [7], "serviceConnection": "there"},
            },
        }
    }


def made(**config: Any) -> dict[str, Any]:
    (outpost,) = outposts.of_account(account(**config), namespace="authentik", version="2025.10.2")
    found = outposts.manifests(outpost, token="t", with_middleware=True)
    return {obj["kind"]: obj for obj in found}


def test_only_outposts_of_this_cluster_are_deployed_with_everything_that_belongs_to_them() -> None:
    objects = made()
    assert sorted(objects) == ["Deployment", "Ingress", "Middleware", "Secret", "Service"]
    for obj in objects.values():
        assert (obj["metadata"]["name"], obj["metadata"]["namespace"]) == ("ak-outpost-home-edge", "authentik")
    ports = {port["name"]: port["port"] for port in objects["Service"]["spec"]["ports"]}
    assert ports == {"http": 9000, "http-metrics": 9300, "https": 9443}
    selector = objects["Service"]["spec"]["selector"]
    assert selector.items() <= objects["Deployment"]["spec"]["template"]["metadata"]["labels"].items()
    rule = objects["Ingress"]["spec"]["rules"][0]
    assert (rule["host"], rule["http"]["paths"][0]["path"]) == ("navidrome.example.net", "/outpost.goauthentik.io")
    address = objects["Middleware"]["spec"]["forwardAuth"]["address"]
    assert address == "http://ak-outpost-home-edge.authentik:9000/outpost.goauthentik.io/auth/traefik"


def test_configuration_moves_scales_names_and_disables() -> None:
    objects = made(
        kubernetes_namespace="edge",
        kubernetes_replicas=2,
        kubernetes_disabled_components=["ingress", "traefik middleware"],
        object_naming_template="proxy-%(name)s",
    )
    assert sorted(objects) == ["Deployment", "Secret", "Service"]
    assert objects["Deployment"]["metadata"]["namespace"] == "edge"
    assert objects["Deployment"]["metadata"]["name"] == "proxy-home-edge"
    assert objects["Deployment"]["spec"]["replicas"] == 2


def test_an_outposts_image_follows_the_server_and_its_own_setting_comes_first() -> None:
    def image(base: str, **config: Any) -> str:
        (outpost,) = outposts.of_account(account(**config), namespace="a", version="2025.10.2", image_base=base)
        made = outposts.manifests(outpost, token="t", with_middleware=False)
        (deployment,) = [obj for obj in made if obj["kind"] == "Deployment"]
        found: str = deployment["spec"]["template"]["spec"]["containers"][0]["image"]
        return found

    mirror = "mirror.lan:5000/goauthentik/%(type)s:%(version)s"
    assert image(outposts.IMAGE_BASE) == "ghcr.io/goauthentik/proxy:2025.10.2"
    assert image(mirror) == "mirror.lan:5000/goauthentik/proxy:2025.10.2"
    assert image(mirror, container_image="own/proxy:1") == "own/proxy:1"


def route(match: str, service: str, namespace: str = "authentik") -> dict[str, Any]:
    rule = {"match": match, "services": [{"name": service, "port": 80}]}
    return {"metadata": {"name": "r", "namespace": namespace}, "spec": {"routes": [rule]}}


def test_the_servers_host_is_that_of_the_route_that_sends_it_everything() -> None:
    partial = route("Host(`nav.example.net`) && PathPrefix(`/outpost.goauthentik.io/`)", "authentik-server")
    found = route("Host(`id.example.net`)", "authentik-server")
    other = route("Host(`x.example.net`)", "authentik-server", "elsewhere")
    assert routes.host_by_route([partial, other, found], "authentik-server", "authentik") == "id.example.net"
    assert routes.host_by_route([partial, other], "authentik-server", "authentik") is None


def test_an_ingress_leads_to_the_server_too() -> None:
    backend = {"service": {"name": "authentik-server", "port": {"number": 80}}}
    rule = {"host": "id.example.net", "http": {"paths": [{"path": "/", "backend": backend}]}}
    ingress = {"metadata": {"name": "i", "namespace": "authentik"}, "spec": {"rules": [rule]}}
    assert routes.host_by_ingress([ingress], "authentik-server", "authentik") == "id.example.net"
    assert routes.host_by_ingress([ingress], "other", "authentik") is None


def test_a_host_resolves_by_its_own_record_or_a_wildcard() -> None:
    data = {
        "objects": {
            "DnsRecord": {"1": {"fqdn": "id.example.net", "type": "A"}, "2": {"fqdn": "t.example.net", "type": "TXT"}}
        }
    }
    assert resolves(data, "id.example.net")
    assert not resolves(data, "t.example.net")
    assert resolves({"objects": {"DnsRecord": {"1": {"fqdn": "*.example.net", "type": "CNAME"}}}}, "any.example.net")
