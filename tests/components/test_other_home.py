"""What a stack file says of a home reaches every part that it matters to."""

from __future__ import annotations

import re
from typing import Any

from components.kit import Namespace
from components.outputs import Outputs
from components.vocabulary import UNVERIFIED_TLS_REASON
from tests.support.other_home import (
    API_SERVER,
    API_SERVER_PORT,
    CA,
    DNS_CACHE,
    NFS_OPTIONS,
    NFS_VERSION,
    NODE,
    PODS,
    SHARED_CLASS,
    UNVERIFIED,
    VERIFIED,
)
from tests.support.parts import chart_sources, container, policies, waits_for
from tests.support.recorder import Recording, Registered

CONTROLLER = "cloudflare-tunnel-ingress-controller.strrl.dev"
TUNNEL = "cloudflare-tunnel"


def led(recording: Recording[Outputs]) -> dict[str, Registered]:
    """The Ingresses that lead to Traefik, by host."""
    return {
        item.spec["rules"][0]["host"]: item
        for item in recording.of(":Ingress")
        if item.inputs["metadata"]["namespace"] == "traefik"
    }


def test_every_namespace_lets_its_pods_ask_the_dns_cache(
    other_home: Recording[Outputs], homelab: Recording[Outputs]
) -> None:
    def blocks(recording: Recording[Outputs]) -> list[Any]:
        denying = [item for item in recording.of(":NetworkPolicy") if item.object_name.endswith("/default-deny")]
        return [[peer for peer in item.spec["egress"][0]["to"] if "ipBlock" in peer] for item in denying]

    own = len(other_home.of(f":{Namespace.__name__}")) // 2  # the component and its object
    assert blocks(other_home) == [[{"ipBlock": {"cidr": f"{DNS_CACHE}/32"}}]] * own
    assert not any(blocks(homelab))


def test_the_api_server_is_called_where_it_is_and_calls_from_wherever_it_runs(other_home: Recording[Outputs]) -> None:
    called = {name: spec for name, spec in policies(other_home).items() if "api-server" in name}
    assert called
    for name, spec in called.items():
        (rule,) = spec["egress"]
        assert rule["to"] == [{"ipBlock": {"cidr": f"{API_SERVER}/32"}}], name
        assert [port["port"] for port in rule["ports"]] == [API_SERVER_PORT], name
    webhook = policies(other_home)["cert-manager/cert-manager-webhook-ingress"]["ingress"][0]["from"]
    assert {peer["ipBlock"]["cidr"] for peer in webhook if "ipBlock" in peer} >= {f"{API_SERVER}/32", f"{NODE}/32"}


def test_every_nfs_volume_is_mounted_with_the_servers_version(other_home: Recording[Outputs]) -> None:
    volumes = [item for item in other_home.of(":PersistentVolume") if "nfs" in item.spec]
    assert volumes
    assert all(item.spec["mountOptions"] == [f"nfsvers={NFS_VERSION}", *NFS_OPTIONS] for item in volumes)


def test_volumes_on_nfs_are_made_by_what_the_cluster_has(other_home: Recording[Outputs]) -> None:
    assert SHARED_CLASS in other_home.reads
    assert other_home.one(":StorageClass", f"storage-{SHARED_CLASS}-retain").inputs["reclaimPolicy"] == "Retain"
    assert not [item for item in other_home.of(":Application") if "nfs" in item.name]


def test_without_a_public_address_every_host_of_traefik_comes_through_the_tunnel(
    other_home: Recording[Outputs],
) -> None:
    hosts = {
        host
        for item in other_home.of(":IngressRoute")
        for rule in item.spec["routes"]
        for host in re.findall(r"Host\(`([^`]+)`\)", rule["match"])
    }
    assert set(led(other_home)) == hosts
    for host, item in led(other_home).items():
        assert item.spec["ingressClassName"] == TUNNEL
        (path,) = item.spec["rules"][0]["http"]["paths"]
        assert path["backend"]["service"] == {"name": "traefik", "port": {"number": 443}}
        notes = item.inputs["metadata"]["annotations"]
        assert notes[f"{CONTROLLER}/backend-protocol"] == "https"
        assert notes[f"{CONTROLLER}/origin-server-name"] == host
        assert waits_for(other_home, item, ":Application", "tunnel-ingress")
    # The controller makes their records.
    assert {item.inputs["type"] for item in other_home.of(":DnsRecord")} == {"CNAME"}
    assert hosts.isdisjoint(item.inputs["name"] for item in other_home.of(":DnsRecord"))


def test_without_a_public_address_nobody_but_the_connector_may_call_traefik(other_home: Recording[Outputs]) -> None:
    values = chart_sources(other_home.one("v1alpha1:Application", "traefik"))[-1]["helm"]["valuesObject"]
    assert values["service"] == {"type": "ClusterIP"}
    assert values["ports"]["websecure"]["forwardedHeaders"]["trustedIPs"] == PODS.split(",")
    entering = {
        name: [peer["namespaceSelector"]["matchLabels"] for rule in spec["ingress"] for peer in rule["from"]]
        for name, spec in policies(other_home).items()
        # Metrics are at a port of their own, where no request for a host is answered.
        if name.startswith("traefik/") and "ingress" in spec and "metrics" not in name
    }
    assert entering == {"traefik/traefik-from-tunnel-ingress": [{"kubernetes.io/metadata.name": "tunnel-ingress"}]}
    assert "tunnel-ingress/traefik-from-tunnel-egress" in policies(other_home)


def test_whoever_believes_pods_believes_those_of_both_families(other_home: Recording[Outputs]) -> None:
    environment = {item["name"]: item["value"] for item in container(other_home, "navidrome")["env"]}
    assert environment["ND_REVERSEPROXYWHITELIST"] == PODS


def test_a_target_is_verified_by_its_own_authority_or_not_at_all(other_home: Recording[Outputs]) -> None:
    config = other_home.one(":ZeroTrustTunnelCloudflaredConfig", "access-tunnel")
    origins = {rule.get("hostname"): rule.get("originRequest") for rule in config.inputs["config"]["ingresses"]}
    folder, _, file = origins[VERIFIED]["caPool"].rpartition("/")
    authorities = other_home.one(":ConfigMap", "access-tunnel-authorities")
    assert authorities.inputs["data"] == {file: CA}
    assert authorities.inputs["metadata"]["name"].startswith("access-tunnel-authorities-")
    (mount,) = container(other_home, "access-tunnel")["volumeMounts"]
    assert (mount["mountPath"], mount["readOnly"]) == (folder, True)
    (volume,) = other_home.one(":Deployment", "access-tunnel").spec["template"]["spec"]["volumes"]
    assert volume["configMap"] == {"name": authorities.inputs["metadata"]["name"]}
    assert waits_for(other_home, config, ":Deployment", "access-tunnel")
    assert origins[UNVERIFIED]["noTlsVerify"] is True
    assert "caPool" not in origins[UNVERIFIED]
    notes = other_home.one("core/v1:Namespace", "access-tunnel").inputs["metadata"]["annotations"]
    assert notes[UNVERIFIED_TLS_REASON] == f"{UNVERIFIED}: its certificate has run out"
    assert all(origin["access"]["required"] for origin in origins.values() if origin)


def test_one_node_has_one_pod_of_everything_and_nothing_that_waits_for_a_second(other_home: Recording[Outputs]) -> None:
    assert {item.spec["replicas"] for item in other_home.of(":Deployment")} == {1}
    assert other_home.of(":PodDisruptionBudget") == []
