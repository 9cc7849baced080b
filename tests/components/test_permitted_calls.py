"""NetworkPolicies of the whole platform: exactly the declared calls, permitted at both ends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.outputs import Outputs
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


COLLECTOR: Peer = ("temporis", (("app.kubernetes.io/instance", "temporis"), ("app.kubernetes.io/name", "prometheus")))


def callers(recording: Recording[Outputs], namespace: str, labels: dict[str, str]) -> dict[Peer, set[Any]]:
    """Who may call pods with these labels, and at which ports; no ports are all of them.

    But for Prometheus, which calls whoever has metrics: `tests/components/monitoring/test_monitors.py` has its calls.
    """
    found: dict[Peer, set[Any]] = {}
    for name, spec in policies(recording).items():
        selected = spec["podSelector"]["matchLabels"].items() <= labels.items()
        if name.startswith(f"{namespace}/") and selected and "Ingress" in spec["policyTypes"]:
            for rule in spec["ingress"]:
                for caller in peers(rule["from"]) - {COLLECTOR}:
                    found.setdefault(caller, set()).update(port["port"] for port in rule.get("ports", [{"port": "*"}]))
    return found


def test_each_workload_is_called_by_its_way_in_and_by_what_uses_it(extended: Recording[Outputs]) -> None:
    ways = {"IngressRoute": TRAEFIK, "Ingress": CONNECTOR}
    routed: dict[str, dict[Peer, set[Any]]] = {}
    for kind, caller in ways.items():
        for item in extended.of(f":{kind}"):
            for service in services_of(item.spec):
                routed[f"{item.inputs['metadata']['namespace']}/{service}"] = {caller: set()}
    for deployment in extended.of(":Deployment"):
        if deployment.object_name.startswith("temporis/"):
            continue
        (container,) = deployment.spec["template"]["spec"]["containers"]
        port = container["ports"][0]["containerPort"]
        expected = {caller: {port} for caller in routed.get(deployment.object_name, {})}
        namespace = deployment.inputs["metadata"]["namespace"]
        owner = deployment.name.removesuffix("-archive")
        if deployment.name.endswith(("-cache", "-machine-learning")):
            expected = {(namespace, (("app.kubernetes.io/name", namespace),)): {port}}
        elif owner != deployment.name:
            expected = {(namespace, (("cnpg.io/cluster", f"{owner}-db"),)): {port}}
        labels = deployment.spec["template"]["metadata"]["labels"]
        assert callers(extended, namespace, labels) == expected, deployment.urn


def services_of(spec: dict[str, Any]) -> set[str]:
    """Names of the Services that an IngressRoute or an Ingress leads to."""
    if "routes" in spec:
        return {service["name"] for route in spec["routes"] for service in route["services"]}
    return {path["backend"]["service"]["name"] for rule in spec["rules"] for path in rule["http"]["paths"]}


def of_monitoring(*names: str) -> set[Peer]:
    return {("temporis", (("app.kubernetes.io/name", name),)) for name in names}


@pytest.mark.parametrize(
    ("name", "users"),
    [
        ("blackbox-exporter", set()),
        ("bridge", set()),
        ("grafana", {TRAEFIK}),
        ("influxdb", {TRAEFIK, *of_monitoring("bridge", "grafana", "influxdb-access", "influxdb-backup")}),
        ("metrics", of_monitoring("thanos-compact", "thanos-store")),
        ("remo-exporter", set()),
        ("thanos-compact", set()),
        ("thanos-query", {TRAEFIK, *of_monitoring("grafana")}),
        ("thanos-store", of_monitoring("thanos-query")),
    ],
)
def test_a_part_of_monitoring_is_called_by_whom_it_serves(
    extended: Recording[Outputs], name: str, users: set[Peer]
) -> None:
    """Prometheus is one of them at some: it writes to the bridge and to the bucket, and asks exporters."""
    assert set(callers(extended, "temporis", {"app.kubernetes.io/name": name})) == users


def test_authentiks_server_is_called_by_traefik_and_the_outpost_and_the_outpost_by_traefik(
    homelab: Recording[Outputs],
) -> None:
    server = {"app.kubernetes.io/name": "authentik", "app.kubernetes.io/component": "server"}
    outpost = {"goauthentik.io/outpost-name": "forward-auth", "goauthentik.io/outpost-type": "proxy"}
    assert callers(homelab, "authentik", server) == {
        TRAEFIK: {9000},
        ("authentik", tuple(sorted(outpost.items()))): {9000},
    }
    assert callers(homelab, "authentik", outpost) == {TRAEFIK: {9000}}


OPERATOR = ("cnpg-system", (("app.kubernetes.io/name", "cloudnative-pg"),))
AUTHENTIK = "app.kubernetes.io/component"


def of_cluster(name: str, **more: str) -> dict[str, str]:
    return {"cnpg.io/cluster": name, **{f"cnpg.io/{key}": value for key, value in more.items()}}


def test_a_database_is_called_by_its_users_its_peers_and_the_operator_only(extended: Recording[Outputs]) -> None:
    used_by: dict[tuple[str, str], set[Peer]] = {
        ("authentik", "authentik-db"): {
            ("authentik", ((AUTHENTIK, part), ("app.kubernetes.io/name", "authentik"))) for part in ("server", "worker")
        },
        **{(app, f"{app}-db"): {(app, (("app.kubernetes.io/name", app),))} for app in ("everything", "immich", "n8n")},
        ("databases", "shared-db"): {("sharing", (("app.kubernetes.io/name", "sharing"),))},
    }
    assert {item.object_name for item in extended.of("cnpg.io/v1:Cluster")} == {"/".join(key) for key in used_by}
    for (namespace, cluster), users in used_by.items():
        members = (namespace, tuple(of_cluster(cluster).items()))
        assert callers(extended, namespace, of_cluster(cluster, podRole="instance")) == {
            **{user: {5432} for user in users},
            members: {5432, 8000},
            OPERATOR: {5432, 8000},
        }


def test_nobody_calls_the_jobs_that_make_an_instance(extended: Recording[Outputs]) -> None:
    for job in ("initdb", "join", "full-recovery"):
        assert callers(extended, "authentik", of_cluster("authentik-db", jobRole=job)) == {}


def test_the_plugin_is_called_by_the_operator(homelab: Recording[Outputs]) -> None:
    assert callers(homelab, "cnpg-system", {"app.kubernetes.io/name": "plugin-barman-cloud"}) == {OPERATOR: {9090}}


def test_nobody_may_call_a_whole_namespace_and_no_whole_namespace_may_call_out(extended: Recording[Outputs]) -> None:
    """Of the API server's callers some are all the pods that their chart has."""
    for name, spec in policies(extended).items():
        if not spec["podSelector"].get("matchLabels"):
            assert name.endswith("-to-api-server-egress"), name
        for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
            for _, labels in peers([*rule.get("from", []), *rule.get("to", [])]):
                assert labels, name
            assert rule.get("ports") or name.startswith("traefik/"), name


def test_every_namespace_denies_by_default(extended: Recording[Outputs]) -> None:
    namespaces = {item.name for item in extended.of("core/v1:Namespace")}
    denied = {
        item.inputs["metadata"]["namespace"]
        for item in extended.of(":NetworkPolicy")
        if item.object_name.endswith("/default-deny")
        and item.spec["podSelector"] == {}
        and item.spec["policyTypes"] == ["Ingress", "Egress"]
        and "ingress" not in item.spec
    }
    assert denied == namespaces


def test_a_call_that_is_permitted_where_it_arrives_is_permitted_where_it_starts(homelab: Recording[Outputs]) -> None:
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


def test_no_pod_may_call_the_home_network_unless_it_is_named(extended: Recording[Outputs]) -> None:
    private = {
        "0.0.0.0/0": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"],
        "::/0": ["fc00::/7", "fe80::/10"],
    }
    for name, spec in policies(extended).items():
        for rule in spec.get("egress", []):
            for target in rule["to"]:
                block = target.get("ipBlock")
                if block and block["cidr"] in private:
                    assert block["except"] == private[block["cidr"]], name
                elif block:
                    assert block["cidr"].endswith("/32"), f"{name}: {block['cidr']}"


def test_addresses_that_may_call_in_are_cloudflares_or_those_of_the_api_servers_calls(
    homelab: Recording[Outputs],
) -> None:
    blocks: dict[str, set[str]] = {}
    for name, spec in policies(homelab).items():
        for rule in spec.get("ingress", []):
            for caller in rule["from"]:
                if "ipBlock" in caller:
                    blocks.setdefault(name, set()).add(caller["ipBlock"]["cidr"])
    api_server = {"10.42.0.0/16", *(f"192.168.1.{node}/32" for node in (11, 12, 13))}
    cloudflare = {"173.245.48.0/20", "2400:cb00::/32"}
    assert blocks == {
        "traefik/traefik-cloudflare-to-web-ingress": cloudflare,
        "traefik/traefik-cloudflare-to-websecure-ingress": cloudflare,
        "cert-manager/cert-manager-webhook-ingress": api_server,
        "cnpg-system/cloudnative-pg-webhook-ingress": api_server,
    }
