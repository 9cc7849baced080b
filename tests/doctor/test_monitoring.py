"""What the checks of monitoring say of a platform as a whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from doctor.check import Reference
from doctor.examination import examine
from tests.doctor.cases.grafana import change_source
from tests.support.breaking import policy
from tests.support.healthy import Healthy

KINDS = {"Prometheus", "Alertmanager", "AlertmanagerConfig", "PrometheusRule", "PodMonitor", "ServiceMonitor", "Probe"}


def found(live: Healthy, check: str) -> list[Reference]:
    return examine(live.snapshot(), datetime.now(tz=UTC)).results[check]


@pytest.mark.parametrize("check", ["pod with metrics -> monitor", "host -> probe"])
def test_where_nothing_is_collected_nothing_has_to_be(healthy_platform: Healthy, check: str) -> None:
    healthy_platform.objects = [item for item in healthy_platform.objects if item["kind"] not in KINDS]
    assert found(healthy_platform, check) == []


def test_an_api_server_need_not_say_where_it_is_and_a_kubelet_has_to(healthy_platform: Healthy) -> None:
    healthy_platform.drop("EndpointSlice", "kubernetes", "default")
    assert not any(item.problem for item in found(healthy_platform, "monitor -> port with metrics"))
    healthy_platform.drop("EndpointSlice", "kubelet-ipv4", "kube-system")
    broken = {item.subject for item in found(healthy_platform, "monitor -> port with metrics") if item.problem}
    assert broken == {"ServiceMonitor temporis/kubelet", "ServiceMonitor temporis/cadvisor"}


def test_a_monitor_that_a_chart_brings_is_passed_over(healthy_platform: Healthy) -> None:
    monitor = healthy_platform.all("PodMonitor")[0]
    monitor["metadata"]["labels"] = {}
    assert any(item.problem for item in found(healthy_platform, "monitor -> Prometheus"))
    monitor["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "chart:PodMonitor:a/b"}
    assert not any(item.problem for item in found(healthy_platform, "monitor -> Prometheus"))


@pytest.mark.parametrize("strategy", [{}, {"type": "OnNamespace"}])
def test_routes_for_alerts_of_their_namespace_alone_take_none_that_does_not_say_it(
    healthy_platform: Healthy, strategy: dict[str, str]
) -> None:
    spec = healthy_platform.get("Alertmanager", "temporis", "temporis")["spec"]
    spec["alertmanagerConfigMatcherStrategy"] = strategy
    assert all(item.problem for item in found(healthy_platform, "alert -> route"))


def test_routes_beside_their_alertmanager_may_take_all(healthy_platform: Healthy) -> None:
    spec = healthy_platform.get("Alertmanager", "temporis", "temporis")["spec"]
    spec["alertmanagerConfigMatcherStrategy"] = {"type": "OnNamespaceExceptForAlertmanagerNamespace"}
    assert not any(item.problem for item in found(healthy_platform, "alert -> route"))


@pytest.mark.parametrize("url", ["http://[", "http://thanos.temporis.svc:none", "", "https://metrics.example.org"])
def test_what_is_no_address_of_a_service_is_somebody_elses(healthy_platform: Healthy, url: str) -> None:
    change_source(healthy_platform, "thanos", url=url)
    asked = found(healthy_platform, "datasource -> Service")
    assert not any("thanos" in item.target for item in asked)
    assert any("influxdb" in item.target for item in asked)


def without_permit(live: Healthy, *addresses: str) -> None:
    """Prometheus may not call these nodes' exporters."""
    rule = policy(live, "metrics-node-exporter-node-exporter-egress", "temporis")["egress"][0]
    rule["to"] = [peer for peer in rule["to"] if peer["ipBlock"]["cidr"].removesuffix("/32") not in addresses]


def on_another_node(live: Healthy, address: str) -> None:
    """A second pod of the node exporter."""
    pod = next(item for item in live.all("Pod") if item["metadata"]["namespace"] == "node-exporter")
    meta, status = {**pod["metadata"], "name": "other"}, {**pod["status"], "podIP": address}
    live.objects.append({**pod, "metadata": meta, "status": status})


def test_every_node_is_called_by_its_own_address(healthy_platform: Healthy) -> None:
    """Pods in the nodes' network are alike, and yet each is to be permitted."""
    on_another_node(healthy_platform, "192.168.1.12")
    without_permit(healthy_platform, "192.168.1.12")
    check = "monitor -> permitted by network policies"
    broken = [item.target for item in found(healthy_platform, check) if item.problem]
    assert broken == ["Pod temporis/prometheus-temporis to 192.168.1.12:9100"]


def test_an_address_that_is_no_nodes_is_not_judged(healthy_platform: Healthy) -> None:
    """A sandbox's API server is somewhere else than its nodes say."""
    on_another_node(healthy_platform, "10.9.9.9")
    assert not any(
        "10.9.9.9" in item.target for item in found(healthy_platform, "monitor -> permitted by network policies")
    )


def test_parts_of_the_cluster_need_not_be_pods(healthy_platform: Healthy) -> None:
    dns = healthy_platform.get_all("Pod", "k8s-app", "kube-dns")
    healthy_platform.objects = [item for item in healthy_platform.objects if item not in dns]
    assert dns
    assert examine(healthy_platform.snapshot(), datetime.now(tz=UTC)).broken == []
