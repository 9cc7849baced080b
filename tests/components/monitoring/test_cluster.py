"""The parts of the cluster that were there before: found where every cluster has them, and called with care."""

from __future__ import annotations

import pulumi
import pytest

from components.kit import MetricsTarget, OpenPods
from components.monitoring.cluster import cluster_targets
from tests.support.parts import site
from tests.support.recorder import record


@pytest.fixture(scope="module")
def targets() -> dict[str, MetricsTarget]:
    return record(lambda: {target.name: target for target in cluster_targets(site())}).result


def test_none_of_them_is_the_programs_own(targets: dict[str, MetricsTarget]) -> None:
    assert set(targets) == {"apiserver", "kubelet", "cadvisor", "coredns"}
    assert all(isinstance(target.pods, OpenPods) for target in targets.values())


def test_the_api_server_is_asked_by_the_name_that_its_certificate_has(targets: dict[str, MetricsTarget]) -> None:
    https = targets["apiserver"].https
    assert https is not None
    assert (https.server_name, https.unverified_reason, https.token) == ("kubernetes", "", True)
    assert targets["apiserver"].at == site().api_server


def test_a_kubelet_tells_of_claims_and_of_containers_under_their_own_labels(targets: dict[str, MetricsTarget]) -> None:
    assert (targets["kubelet"].path, targets["cadvisor"].path) == ("/metrics", "/metrics/cadvisor")
    for name in ("kubelet", "cadvisor"):
        target = targets[name]
        assert target.honor_labels
        assert target.service == {"k8s-app": "kubelet"}
        assert target.https is not None
        assert target.https.unverified_reason


def test_kubelets_are_called_on_the_nodes_and_nowhere_else(targets: dict[str, MetricsTarget]) -> None:
    for name in ("kubelet", "cadvisor"):
        at = targets[name].at
        assert at is not None
        assert not isinstance(at.cidrs, pulumi.Output)
        assert (at.cidrs, at.ports) == (["192.168.1.11/32"], [10250])


def test_the_clusters_dns_is_called_in_the_pod_network_at_its_port_for_metrics(
    targets: dict[str, MetricsTarget],
) -> None:
    target = targets["coredns"]
    assert (target.pods.labels, target.port, target.at) == ({"k8s-app": "kube-dns"}, 9153, None)
