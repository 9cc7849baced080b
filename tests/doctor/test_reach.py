"""Whom somebody who should not be there can call: docs/threat-model.md says what is made of it.

Asked of the whole platform's policies, for attackers that these do not know. What is on the network of a node (the
CSI driver, the exporter of nodes), and what the nodes themselves do, no network policy holds back.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from doctor import kube
from doctor.isolation import own_namespaces, own_pods
from doctor.network_policies import Group, Port, group_of, permitted
from doctor.snapshot import Snapshot
from policy.objects import namespace_of
from tests.support.healthy import Healthy

ADDRESSES = {
    "a machine of the house": "192.168.1.77",
    "the router": "192.168.1.1",
    "a cloud's metadata": "169.254.169.254",
    "a machine of Tailscale": "100.101.102.103",
    "another pod, by its address": "10.42.9.9",
    "a Service, by its address": "10.43.0.1",
    "a machine of the house, IPv6": "fd00::77",
}
PORTS = (22, 53, 80, 443, 445, 2049, 3000, 5432, 6443, 7844, 8080, 10250)
APPS = ("archisteamfarm", "echoserver", "filebrowser", "freshrss", "immich", "n8n", "navidrome")


@pytest.fixture(name="snapshot")
def _snapshot(healthy_platform: Healthy) -> Snapshot:
    return healthy_platform.snapshot()


def ports_of(pod: kube.Object) -> Iterator[Port]:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or []:
            yield Port(number=port["containerPort"], name=port.get("name", ""), protocol=port.get("protocol", "TCP"))


def reached(snapshot: Snapshot, source: Group) -> set[str]:
    """The pods with a port that a caller may call, by namespace and name."""
    return {
        f"{namespace_of(pod)}/{pod['metadata']['name']}"
        for pod in own_pods(snapshot)
        if not pod["spec"].get("hostNetwork")
        for port in ports_of(pod)
        if not permitted(snapshot, source, group_of(pod), port)
    }


def outside(snapshot: Snapshot, source: Group, ports: tuple[int, ...] = PORTS) -> set[str]:
    """The addresses that a caller may call at some port."""
    return {
        what
        for what, address in ADDRESSES.items()
        for port in ports
        for protocol in ("TCP", "UDP")
        if not permitted(snapshot, source, Group(address=address), Port(number=port, protocol=protocol))
    }


def test_a_stranger_pod_reaches_no_pod_at_all(snapshot: Snapshot) -> None:
    """In whatever namespace it is: labels of its own let it call nobody."""
    names = [item["metadata"]["name"] for item in own_namespaces(snapshot)]
    assert len(names) > 10
    for name in names:
        stranger = Group(namespace=name, labels={"app": "stranger"})
        assert reached(snapshot, stranger) == set(), name
        assert outside(snapshot, stranger) == set(), name


def test_a_stranger_in_a_namespace_that_is_not_the_platforms_is_let_in_nowhere(snapshot: Snapshot) -> None:
    assert reached(snapshot, Group(namespace="default", labels={"app.kubernetes.io/name": "traefik"})) == set()


@pytest.mark.parametrize("address", ["192.168.1.77", "203.0.113.99", "fd00::77"])
def test_a_guest_of_the_house_and_a_stranger_outside_reach_no_pod(snapshot: Snapshot, address: str) -> None:
    assert reached(snapshot, Group(address=address)) == set()


def test_cloudflare_reaches_traefik_alone(snapshot: Snapshot) -> None:
    found = reached(snapshot, Group(address="173.245.48.1"))
    assert found
    assert {name.partition("/")[0] for name in found} == {"traefik"}


@pytest.fixture(name="apps")
def _apps(snapshot: Snapshot) -> list[kube.Object]:
    found = [pod for pod in own_pods(snapshot) if namespace_of(pod) in APPS]
    assert found
    return found


def test_a_compromised_application_reaches_its_own_namespace_and_what_it_uses(
    snapshot: Snapshot, apps: list[kube.Object]
) -> None:
    for pod in apps:
        elsewhere = {name for name in reached(snapshot, group_of(pod)) if name.split("/")[0] != namespace_of(pod)}
        # Instances of its database report to the operator's plugin, and to nobody else.
        assert {name.partition("/")[0] for name in elsewhere} <= {"cnpg-system"}, (pod["metadata"]["name"], elsewhere)


def test_nobody_calls_the_house_tailscale_or_a_clouds_metadata(snapshot: Snapshot) -> None:
    internet = Group(address="8.8.8.8")
    calling_out = 0
    for pod in on_the_pod_network(snapshot):
        assert outside(snapshot, group_of(pod)) == set(), pod["metadata"]["name"]
        calling_out += not permitted(snapshot, group_of(pod), internet, Port(number=443))
    # Those are the ones that could have been let out too far.
    assert calling_out > 3


def on_the_pod_network(snapshot: Snapshot) -> list[kube.Object]:
    return [pod for pod in own_pods(snapshot) if not pod["spec"].get("hostNetwork")]


def test_only_who_has_a_token_reaches_the_api_server(snapshot: Snapshot) -> None:
    node, port = Group(address="192.168.1.11"), Port(number=6443)
    reaching = [pod for pod in on_the_pod_network(snapshot) if not permitted(snapshot, group_of(pod), node, port)]
    assert len(reaching) > 5
    for pod in reaching:
        assert pod["spec"].get("automountServiceAccountToken") is not False, pod["metadata"]["name"]
        # Of an application's namespace it is the database's instances, which ask what their cluster is to be.
        assert namespace_of(pod) not in APPS or "cnpg.io/cluster" in pod["metadata"]["labels"]


def test_what_a_policy_opens_is_found(healthy_platform: Healthy) -> None:
    """So that the others can fail."""
    healthy_platform.objects.append(
        {
            "kind": "NetworkPolicy",
            "metadata": {"name": "open", "namespace": "navidrome"},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [{"from": [{"ipBlock": {"cidr": "192.168.0.0/16"}}]}],
                "egress": [{"to": [{"ipBlock": {"cidr": "169.254.0.0/16"}}]}],
            },
        }
    )
    snapshot = healthy_platform.snapshot()
    assert {name.partition("/")[0] for name in reached(snapshot, Group(address="192.168.1.77"))} == {"navidrome"}
    assert outside(snapshot, Group(namespace="navidrome", labels={})) == {"a cloud's metadata"}
