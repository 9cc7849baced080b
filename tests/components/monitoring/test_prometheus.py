"""Prometheus: what it is told, what it may read, and whom it may call."""

from __future__ import annotations

import re
from typing import Any

import pytest

from components import versions
from components.kit import Foundation
from components.monitoring.prometheus import Carried, Prometheus, PrometheusArgs
from components.settings import PrometheusSettings
from components.vocabulary import MONITORED
from tests.support.monitoring import block_store, called, place
from tests.support.parts import MIRROR, base, done, peer, policies, waits_for
from tests.support.recorder import Recording, Registered, record

LABELS = {"app.kubernetes.io/name": "prometheus", "app.kubernetes.io/instance": "temporis"}


def prometheus(settings: dict[str, Any] | None = None, **site: Any) -> Recording[tuple[Foundation, Prometheus]]:
    def build() -> tuple[Foundation, Prometheus]:
        found, namespace = base(**site), place()
        args = PrometheusArgs(
            base=found,
            namespace=namespace,
            settings=PrometheusSettings.model_validate(settings or {}),
            operator=done("prometheus-operator"),
            cluster="homelab",
            url="https://prometheus.example.org",
            store=block_store(namespace),
            alertmanager=called(namespace, "alertmanager-operated", 9093),
            carried=Carried(endpoint=called(namespace, "bridge", 8080), path="/write", metrics="longterm:.*"),
        )
        return found, Prometheus("prometheus", args)

    return record(build)


@pytest.fixture(scope="module")
def recording() -> Recording[tuple[Foundation, Prometheus]]:
    return prometheus()


def made(recording: Recording[Any]) -> Registered:
    return recording.one("monitoring.coreos.com/v1:Prometheus", "prometheus")


def spec(recording: Recording[Any]) -> Any:
    return made(recording).spec


def test_it_scrapes_and_evaluates_every_fifteen_seconds(recording: Recording[Any]) -> None:
    assert spec(recording)["scrapeInterval"] == spec(recording)["evaluationInterval"] == "15s"


@pytest.mark.parametrize("kind", ["serviceMonitor", "podMonitor", "probe", "scrapeConfig", "rule"])
def test_it_is_told_what_to_do_by_what_the_program_has_made_wherever_that_is(
    recording: Recording[Any], kind: str
) -> None:
    ours = {"matchLabels": {MONITORED: "true"}}
    assert spec(recording)[f"{kind}Selector"] == ours
    assert spec(recording)[f"{kind}NamespaceSelector"] == ours


@pytest.mark.parametrize(("size", "blocks"), [("20Gi", 16384), ("1Gi", 819), ("10G", 7629), ("1.5Gi", 1228)])
def test_blocks_go_before_the_volume_is_full(size: str, blocks: int) -> None:
    found = spec(prometheus({"size": size, "days": 3}))
    assert found["retention"] == "3d"
    # Prometheus's MB is 1024 * 1024 bytes.
    assert found["retentionSize"] == f"{blocks}MB"
    assert found["storage"]["volumeClaimTemplate"]["spec"]["resources"]["requests"]["storage"] == size


def test_its_volume_is_on_a_nodes_own_disk_and_outlives_it(recording: Recording[Any]) -> None:
    claim = spec(recording)["storage"]["volumeClaimTemplate"]["spec"]
    assert claim["storageClassName"] == "local-path-retain"
    assert claim["accessModes"] == ["ReadWriteOnce"]
    assert waits_for(recording, made(recording), ":ConfigMap", "class")


def test_it_asks_for_the_memory_that_the_stack_file_says() -> None:
    resources = spec(prometheus({"memory": "3Gi"}))["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"] == "3Gi"


def test_two_of_them_stand_on_two_nodes_and_are_not_drained_together() -> None:
    recording = prometheus(replicas=2)
    found = spec(recording)
    assert found["replicas"] == 2
    (spread,) = found["topologySpreadConstraints"]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert spread["labelSelector"]["matchLabels"] == LABELS
    budget = recording.one(":PodDisruptionBudget", "prometheus").spec
    assert budget == {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}}


def test_a_single_one_does_not_keep_its_node_from_draining(recording: Recording[Any]) -> None:
    assert spec(recording)["replicas"] == 1
    assert not recording.of(":PodDisruptionBudget")


def test_its_pods_satisfy_the_restricted_standard(recording: Recording[Any]) -> None:
    context = spec(recording)["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] > 0
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}


def test_images_are_the_pinned_ones_and_come_through_the_mirror() -> None:
    found = spec(prometheus(registry_mirror=MIRROR))
    assert (found["version"], found["thanos"]["version"]) == (versions.PROMETHEUS.tag, versions.THANOS.tag)
    assert found["image"] == versions.PROMETHEUS.ref(MIRROR)
    assert found["thanos"]["image"] == versions.THANOS.ref(MIRROR)


def test_the_sidecar_finds_the_bucket_by_the_synced_secret(recording: Recording[Any]) -> None:
    assert spec(recording)["thanos"]["objectStorageConfig"] == {"name": "secret-bucket", "key": "bucket.yaml"}
    for name in ("bucket", "bucket-file"):
        assert waits_for(recording, made(recording), ":ConfigMap", name)


def test_what_leaves_it_says_which_cluster_it_is_of_and_which_pod(recording: Recording[Any]) -> None:
    assert spec(recording)["externalLabels"] == {"cluster": "homelab"}
    assert spec(recording)["replicaExternalLabelName"] == "prometheus_replica"


def test_chosen_series_and_no_others_go_to_the_bridge_and_each_point_once(recording: Recording[Any]) -> None:
    (write,) = spec(recording)["remoteWrite"]
    assert write["url"] == "http://bridge.temporis.svc:8080/write"
    keep, drop = write["writeRelabelConfigs"]
    assert keep == {"sourceLabels": ["__name__"], "regex": "longterm:.*", "action": "keep"}
    assert drop["action"] == "labeldrop"
    # Prometheus's expressions match whole names.
    assert re.fullmatch(drop["regex"], "prometheus_replica")
    assert not re.fullmatch(drop["regex"], "cluster")


def test_alerts_go_to_alertmanager_and_link_to_where_people_find_the_metrics(recording: Recording[Any]) -> None:
    (target,) = spec(recording)["alerting"]["alertmanagers"]
    assert (target["namespace"], target["name"], target["port"]) == ("temporis", "alertmanager-operated", "web")
    assert spec(recording)["externalUrl"] == "https://prometheus.example.org"


def test_it_is_waited_for_until_it_runs_and_comes_after_its_operator(recording: Recording[Any]) -> None:
    assert made(recording).object_name == "temporis/temporis"
    assert made(recording).inputs["metadata"]["annotations"]["pulumi.com/waitFor"] == "condition=Available"
    assert waits_for(recording, made(recording), ":ConfigMap", "prometheus-operator")
    for kind in (":ClusterRoleBinding", ":ServiceAccount"):
        assert waits_for(recording, made(recording), kind, "prometheus")


def test_it_may_find_what_there_is_to_scrape_and_read_metrics_and_nothing_else(recording: Recording[Any]) -> None:
    rules = recording.one(":ClusterRole", "prometheus").inputs["rules"]
    allowed = {
        (verb, what)
        for rule in rules
        for what in [*rule.get("resources", []), *rule.get("nonResourceURLs", [])]
        for verb in rule["verbs"]
    }
    found = {"nodes", "pods", "services", "endpointslices"}
    assert {what for verb, what in allowed if verb in {"list", "watch"}} == found
    assert {what for _, what in allowed} == found | {"nodes/metrics", "/metrics", "/metrics/cadvisor"}
    assert {verb for verb, _ in allowed} == {"get", "list", "watch"}
    # The operator finds Services' pods by the kind that Prometheus may read.
    assert spec(recording)["serviceDiscoveryRole"] == "EndpointSlice"


def test_the_rights_are_those_of_its_own_account(recording: Recording[Any]) -> None:
    (subject,) = recording.one(":ClusterRoleBinding", "prometheus").inputs["subjects"]
    account = recording.one(":ServiceAccount", "prometheus")
    assert f"{subject['namespace']}/{subject['name']}" == account.object_name
    assert spec(recording)["serviceAccountName"] == subject["name"]
    assert account.inputs["automountServiceAccountToken"] is False
    reference = recording.one(":ClusterRoleBinding", "prometheus").inputs["roleRef"]
    assert reference["name"] == recording.one(":ClusterRole", "prometheus").object_name


def test_it_calls_what_it_needs_and_is_called_by_nobody(recording: Recording[Any]) -> None:
    leaving = {
        name.removesuffix("-egress"): rule
        for name, policy in policies(recording).items()
        if policy["podSelector"]["matchLabels"] == LABELS
        for rule in policy.get("egress", [])
    }
    ports = {
        name.rpartition("-to-")[2]: [int(port["port"]) for port in rule["ports"]] for name, rule in leaving.items()
    }
    assert ports == {"api-server": [6443], "alertmanager": [9093], "bridge": [8080], "bucket": [7070]}
    assert leaving["temporis/prometheus-to-bucket"]["to"] == [peer("temporis", {"app.kubernetes.io/name": "bucket"})]
    assert not any(
        policy["podSelector"]["matchLabels"] == LABELS and "ingress" in policy
        for policy in policies(recording).values()
    )


def test_both_its_containers_have_metrics(recording: Recording[tuple[Foundation, Prometheus]]) -> None:
    found, prometheus = recording.result
    targets = {target.name: (target.pods, target.port) for target in found.contributions.metrics.close()}
    assert targets == {"prometheus": (prometheus.pods, "web"), "thanos-sidecar": (prometheus.pods, "http")}


def test_its_pods_are_called_by_the_operators_service(recording: Recording[tuple[Foundation, Prometheus]]) -> None:
    _, prometheus = recording.result
    assert prometheus.sidecar.address == "prometheus-operated.temporis.svc:10901"
    assert prometheus.pods.labels == prometheus.sidecar.pods == LABELS
