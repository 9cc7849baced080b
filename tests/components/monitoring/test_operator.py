"""The Prometheus operator: alone, after the kinds that it looks at, asked and asking as little as can be."""

from __future__ import annotations

from typing import Any

import pytest

from components.kit import Foundation
from components.monitoring.cluster import cluster_targets
from components.monitoring.operator import PrometheusOperator, PrometheusOperatorArgs
from sandbox.controllers.prometheus_operator import installation, kubelets
from tests.support.charts import leads_to_a_pod, rendered
from tests.support.parts import MIRROR, base, chart_values, done, namespace, policies, waits_for
from tests.support.recorder import Recording, record

NAME = "prometheus-operator"


def build(**changes: Any) -> Recording[Foundation]:
    def make() -> Foundation:
        found = base(**changes)
        args = PrometheusOperatorArgs(base=found, namespace=namespace("temporis"), kinds_known=done("kinds"))
        PrometheusOperator(NAME, args)
        return found

    return record(make)


def deployment_of(recording: Recording[Foundation]) -> dict[str, Any]:
    (deployment,) = [obj for obj in rendered(recording)[NAME] if obj["kind"] == "Deployment"]
    return deployment


@pytest.fixture(scope="module")
def recording() -> Recording[Foundation]:
    return build()


def test_it_comes_after_the_kinds_that_it_looks_at(recording: Recording[Foundation]) -> None:
    application = recording.one(":Application", NAME)
    assert application.spec["destination"]["namespace"] == "temporis"
    assert waits_for(recording, application, ":ConfigMap", "kinds")


def test_its_chart_brings_the_operator_and_nothing_else(recording: Recording[Foundation]) -> None:
    brought = {(obj["kind"], obj["metadata"]["name"]) for obj in rendered(recording)[NAME]}
    assert brought == {
        (kind, NAME) for kind in ("ClusterRole", "ClusterRoleBinding", "Deployment", "Service", "ServiceAccount")
    }
    (delivery,) = recording.result.project.deliveries
    assert {kind for kind, _ in brought} == {
        kind.kind for kind in (*delivery.brings.namespaced, *delivery.brings.cluster_wide)
    }


def test_it_asks_the_api_server_and_is_called_by_nobody_yet(recording: Recording[Foundation]) -> None:
    (spec,) = policies(recording).values()
    (rule,) = spec["egress"]
    assert spec["policyTypes"] == ["Egress"]
    assert rule["to"] == [{"ipBlock": {"cidr": "192.168.1.11/32"}}]
    assert rule["ports"] == [{"port": 6443, "protocol": "TCP"}]


def test_the_policy_is_there_before_its_pods(recording: Recording[Foundation]) -> None:
    assert waits_for(recording, recording.one(":Application", NAME), ":NetworkPolicy", f"{NAME}-to-api-server-egress")


def test_its_metrics_are_found_by_labels_and_a_port_that_it_has(recording: Recording[Foundation]) -> None:
    (target,) = recording.result.contributions.metrics.close()
    assert leads_to_a_pod(target, rendered(recording)[NAME])
    assert target.name == NAME


def test_it_writes_the_kubelets_down_where_prometheus_looks_for_them(recording: Recording[Foundation]) -> None:
    told = installation.told(deployment_of(recording))
    assert told.kubelets is not None
    made = kubelets.service(*told.kubelets)
    for target in cluster_targets(recording.result.site):
        if target.name in ("kubelet", "cadvisor"):
            assert target.pods.namespace == made["metadata"]["namespace"]
            assert target.service is not None
            assert target.service.items() <= made["metadata"]["labels"].items()
            assert target.port in [
                port["port"] for port in made["spec"]["ports"] if port["name"] == target.service_port
            ]


def test_its_images_come_from_the_mirror_and_those_of_what_it_makes() -> None:
    found = build(registry_mirror=MIRROR)
    assert chart_values(found, NAME)["global"] == {"imageRegistry": f"{MIRROR}/quay.io"}
    (container,) = deployment_of(found)["spec"]["template"]["spec"]["containers"]
    reloader = next(item for item in container["args"] if item.startswith("--prometheus-config-reloader="))
    assert container["image"].startswith(f"{MIRROR}/quay.io/")
    assert reloader.startswith(f"--prometheus-config-reloader={MIRROR}/quay.io/")
