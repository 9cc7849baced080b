"""Exporters of the cluster itself: where they are, what they may do, and how they are found."""

from __future__ import annotations

import re
from typing import Any

import pytest

from components.kit import Addresses, Foundation, MetricsTarget, OpenPods
from components.monitoring.exporters import (
    OF_PODS,
    KubeStateMetrics,
    KubeStateMetricsArgs,
    NodeExporter,
    NodeExporterArgs,
)
from tests.support.charts import leads_to_a_pod, rendered
from tests.support.parts import MIRROR, base, namespace, policies
from tests.support.recorder import Recording, record

NODES = "node-exporter"
STATE = "kube-state-metrics"
Built = tuple[Foundation, dict[str, MetricsTarget]]


def build(**changes: Any) -> Recording[Built]:
    def make() -> Built:
        found = base(**changes)
        NodeExporter(NODES, NodeExporterArgs(base=found))
        KubeStateMetrics(STATE, KubeStateMetricsArgs(base=found, namespace=namespace("temporis")))
        return found, {target.name: target for target in found.contributions.metrics.close()}

    return record(make)


@pytest.fixture(scope="module")
def recording() -> Recording[Built]:
    return build()


def workload(recording: Recording[Built], name: str) -> Any:
    (found,) = [obj for obj in rendered(recording)[name] if obj["kind"] in ("DaemonSet", "Deployment")]
    return found


@pytest.mark.parametrize("name", [NODES, STATE])
def test_their_metrics_are_found_by_labels_and_a_port_that_they_have(recording: Recording[Built], name: str) -> None:
    target = recording.result[1][name]
    assert leads_to_a_pod(target, rendered(recording)[name])
    assert target.interval == 15


@pytest.mark.parametrize("name", [NODES, STATE])
def test_their_charts_bring_what_they_say_and_no_monitor(recording: Recording[Built], name: str) -> None:
    deliveries = {delivery.charts[0].name: delivery for delivery in recording.result[0].project.deliveries}
    brings = deliveries["prometheus-node-exporter" if name == NODES else STATE].brings
    permitted = {kind.kind for kind in (*brings.namespaced, *brings.cluster_wide)}
    assert {obj["kind"] for obj in rendered(recording)[name]} == permitted
    assert "ServiceMonitor" not in permitted


def test_the_node_exporter_has_a_namespace_of_its_own_that_says_why_it_is_privileged(
    recording: Recording[Built],
) -> None:
    meta = recording.one("core/v1:Namespace", NODES).inputs["metadata"]
    assert meta["labels"]["pod-security.kubernetes.io/enforce"] == "privileged"
    assert meta["annotations"]["homelab/pod-security-reason"]
    assert recording.one(":Application", NODES).spec["destination"]["namespace"] == NODES


def test_of_its_privileges_it_uses_none_but_to_look(recording: Recording[Built]) -> None:
    pod = workload(recording, NODES)["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert all(mount["readOnly"] for mount in container["volumeMounts"])


def test_nodes_are_called_at_their_own_addresses_and_known_by_their_names(recording: Recording[Built]) -> None:
    target = recording.result[1][NODES]
    assert isinstance(target.at, Addresses)
    assert target.at.ports == [9100]
    assert {"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "instance"} in target.relabelings


@pytest.mark.parametrize("path", ["/", "/boot/efi", "/var/lib/rancher", "/mnt/data", "/var/lib/docker-data"])
def test_a_disk_of_the_nodes_is_measured(path: str) -> None:
    assert not re.search(OF_PODS, path)


@pytest.mark.parametrize("path", ["/proc", "/run/user/1000", "/var/lib/kubelet/pods/x/volumes/y", "/sys/fs/cgroup"])
def test_a_mount_of_a_pods_is_not(path: str) -> None:
    assert re.search(OF_PODS, path)


def test_the_exporter_is_told_so(recording: Recording[Built]) -> None:
    (container,) = workload(recording, NODES)["spec"]["template"]["spec"]["containers"]
    assert f"--collector.filesystem.mount-points-exclude={OF_PODS}" in container["args"]


def test_what_kube_state_metrics_has_is_in_kube_system_and_may_be_there(recording: Recording[Built]) -> None:
    placed = {obj["metadata"].get("namespace") for obj in rendered(recording)[STATE]} - {None}
    (delivery,) = [item for item in recording.result[0].project.deliveries if item.charts[0].name == STATE]
    assert placed == set(delivery.brings.also_into) == {"kube-system"}


def test_it_may_read_what_it_reports_on_and_no_secrets(recording: Recording[Built]) -> None:
    (role,) = [obj for obj in rendered(recording)[STATE] if obj["kind"] == "ClusterRole"]
    readable = {resource for rule in role["rules"] for resource in rule["resources"]}
    assert {"pods", "jobs", "cronjobs", "nodes", "persistentvolumeclaims", "deployments"} <= readable
    assert not {"secrets", "configmaps"} & readable
    assert {verb for rule in role["rules"] for verb in rule["verbs"]} == {"list", "watch"}


def test_its_series_are_about_others_than_itself(recording: Recording[Built]) -> None:
    target = recording.result[1][STATE]
    assert target.honor_labels
    assert isinstance(target.pods, OpenPods)
    assert target.pods.namespace == "kube-system"


def test_no_policy_is_the_first_one_in_kube_system(recording: Recording[Built]) -> None:
    assert not [name for name in policies(recording) if name.startswith("kube-system/")]


@pytest.mark.parametrize(("name", "registry"), [(NODES, "quay.io"), (STATE, "registry.k8s.io")])
def test_their_images_come_from_the_mirror(name: str, registry: str) -> None:
    (container,) = workload(build(registry_mirror=MIRROR), name)["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith(f"{MIRROR}/{registry}/")
