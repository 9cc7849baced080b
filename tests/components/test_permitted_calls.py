"""NetworkPolicies of the whole platform: exactly the declared calls, permitted at both ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.platform import Platform
from tests.support.parts import peer, policies
from tests.support.recorder import Recording

NAME = "kubernetes.io/metadata.name"
TRAEFIK = ("traefik", (("app.kubernetes.io/name", "traefik"),))
CONNECTOR = ("tunnel-ingress", (("app", "controlled-cloudflared-connector"),))

Peer = tuple[str, tuple[tuple[str, str], ...]]


def peers(side: list[dict[str, Any]]) -> set[Peer]:
    """The pods that a rule names, as namespace and labels."""
    return {
        (item["namespaceSelector"]["matchLabels"][NAME], tuple(sorted(item["podSelector"]["matchLabels"].items())))
        for item in side
        if "ipBlock" not in item
    }


def call(*parts: Any) -> str:
    """A call, in a form that can be compared whatever the order of its keys."""
    return json.dumps(parts, sort_keys=True)


def callers(recording: Recording[Platform], namespace: str, labels: dict[str, str]) -> dict[Peer, set[Any]]:
    """Who may call pods with these labels, and at which ports; no ports are all of them."""
    found: dict[Peer, set[Any]] = {}
    for name, spec in policies(recording).items():
        selected = spec["podSelector"]["matchLabels"].items() <= labels.items()
        if name.startswith(f"{namespace}/") and selected and "Ingress" in spec["policyTypes"]:
            for rule in spec["ingress"]:
                for caller in peers(rule["from"]):
                    found.setdefault(caller, set()).update(port["port"] for port in rule.get("ports", [{"port": "*"}]))
    return found


@pytest.mark.parametrize(
    ("workload", "permitted"),
    [
        ("navidrome", {TRAEFIK: {4533}}),
        ("filebrowser", {TRAEFIK: {8080}}),
        ("echoserver", {CONNECTOR: {8080}}),
        ("access-tunnel", {}),
    ],
)
def test_each_workload_is_called_by_these_and_nobody_else(
    homelab: Recording[Platform], workload: str, permitted: dict[Peer, set[Any]]
) -> None:
    deployment = homelab.one(":Deployment", workload)
    namespace = deployment.inputs["metadata"]["namespace"]
    assert callers(homelab, namespace, deployment.spec["template"]["metadata"]["labels"]) == permitted


def test_authentiks_server_and_its_outpost_are_called_by_traefik_and_their_neighbours(
    homelab: Recording[Platform],
) -> None:
    neighbours = ("authentik", ())
    server = {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "server"}
    outpost = {"goauthentik.io/outpost-name": "homelab", "goauthentik.io/outpost-type": "proxy"}
    assert callers(homelab, "authentik", server) == {TRAEFIK: {9000}, neighbours: {"*"}}
    assert callers(homelab, "authentik", outpost) == {TRAEFIK: {9000}, neighbours: {"*"}}


def test_the_database_is_called_by_its_neighbours_only(homelab: Recording[Platform]) -> None:
    database = {"app.kubernetes.io/name": "postgresql", "app.kubernetes.io/component": "primary"}
    assert set(callers(homelab, "authentik", database)) == {("authentik", ())}


def test_every_namespace_denies_by_default(homelab: Recording[Platform]) -> None:
    namespaces = {item.name for item in homelab.of("core/v1:Namespace")}
    denied = {
        item.inputs["metadata"]["namespace"]
        for item in homelab.of(":NetworkPolicy")
        if item.object_name.endswith("/default-deny")
        and item.spec["podSelector"] == {}
        and item.spec["policyTypes"] == ["Ingress", "Egress"]
        and "ingress" not in item.spec
    }
    assert denied == namespaces


def test_a_call_that_is_permitted_where_it_arrives_is_permitted_where_it_starts(homelab: Recording[Platform]) -> None:
    leaving = {
        call(name.partition("/")[0], spec["podSelector"]["matchLabels"], rule["to"], rule.get("ports"))
        for name, spec in policies(homelab).items()
        for rule in spec.get("egress", [])
    }
    checked = 0
    for name, spec in policies(homelab).items():
        target = peer(name.partition("/")[0], spec["podSelector"]["matchLabels"])
        for rule in spec.get("ingress", []):
            for caller in rule["from"]:
                if "ipBlock" not in caller:
                    place = caller["namespaceSelector"]["matchLabels"][NAME]
                    labels = caller["podSelector"]["matchLabels"]
                    assert call(place, labels, [target], rule.get("ports")) in leaving, name
                    checked += 1
    assert checked > 8


def test_no_pod_may_call_the_home_network_unless_it_is_named(homelab: Recording[Platform]) -> None:
    private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
    for name, spec in policies(homelab).items():
        for rule in spec.get("egress", []):
            for target in rule["to"]:
                block = target.get("ipBlock")
                if block and block["cidr"] == "0.0.0.0/0":
                    assert block["except"] == private, name
                elif block:
                    assert block["cidr"].endswith("/32"), f"{name}: {block['cidr']}"


def test_addresses_that_may_call_in_are_cloudflares_or_the_nodes(homelab: Recording[Platform]) -> None:
    blocks: dict[str, set[str]] = {}
    for name, spec in policies(homelab).items():
        for rule in spec.get("ingress", []):
            for caller in rule["from"]:
                if "ipBlock" in caller:
                    blocks.setdefault(name, set()).add(caller["ipBlock"]["cidr"])
    cloudflare = {"173.245.48.0/20", "2400:cb00::/32"}
    assert blocks == {
        "traefik/traefik-cloudflare-to-web-ingress": cloudflare,
        "traefik/traefik-cloudflare-to-websecure-ingress": cloudflare,
        "cert-manager/cert-manager-webhook-ingress": {f"192.168.1.{node}/32" for node in (11, 12, 13)},
    }
