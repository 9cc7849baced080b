"""What charts bring with the program's values, as the sandbox's stand-ins have it: properties that each has to have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.outputs import Outputs
from tests.support.charts import rendered
from tests.support.parts import policies
from tests.support.recorder import Recording

HOSTNAME = "kubernetes.io/hostname"
NOT_BY_A_CHART = {"authentik-archive", "authentik-db", "instance", "controlled-cloudflared-connector", "forward-auth"}
"""What the labels of pods say that no chart's workload has: a database and its archive, a connector, an outpost."""

Object = dict[str, Any]


def workloads(recording: Recording[Any]) -> Iterator[tuple[str, Object]]:
    """Each chart's name, and one of its workloads."""
    for chart, objects in rendered(recording).items():
        for obj in objects:
            if obj["kind"] in {"Deployment", "Job", "StatefulSet"}:
                yield chart, obj


def spread_by(pod: Object) -> list[Object]:
    """The label selectors by which a pod keeps away from nodes that have others of its kind."""
    constraints = [item for item in pod.get("topologySpreadConstraints", []) if item["topologyKey"] == HOSTNAME]
    return [item["labelSelector"]["matchLabels"] for item in constraints]


def test_no_chart_brings_a_policy_of_its_own(homelab: Recording[Outputs]) -> None:
    """The program's own say who may call whom; any other one would only add to it."""
    brought = {
        chart for chart, objects in rendered(homelab).items() for obj in objects if obj["kind"] == "NetworkPolicy"
    }
    assert brought == set()


SCOPES = ("clusterResourceWhitelist", "namespaceResourceWhitelist")
NOT_RENDERED_HERE = {
    "ConfigMap",
    "CustomResourceDefinition",
    "Job",
    "MutatingWebhookConfiguration",
    "ServiceMonitor",
    "ValidatingWebhookConfiguration",
}
"""What the real charts bring beside what the sandbox has of them: hooks, webhooks, the configuration of PostgreSQL; and
what they bring to a cluster that knows the kind."""


def test_the_project_permits_each_kind_that_charts_bring_and_no_other(homelab: Recording[Outputs]) -> None:
    spec = homelab.one(":AppProject", "argocd-k8s-infra").spec
    permitted = {(item["group"], item["kind"]) for scope in SCOPES for item in spec[scope]}
    names = {item.name for item in homelab.of("argoproj.io/v1alpha1:Application")}
    objects = [obj for name, made in rendered(homelab).items() if name in names for obj in made]
    brought = {(obj["apiVersion"].rpartition("/")[0], obj["kind"]) for obj in objects}
    assert brought <= permitted
    assert {kind for _, kind in permitted - brought} <= NOT_RENDERED_HERE
    assert not any("*" in part for pair in permitted for part in pair)


def test_the_project_permits_the_namespaces_of_its_charts(homelab: Recording[Outputs]) -> None:
    permitted = {item["namespace"] for item in homelab.one(":AppProject", "argocd-k8s-infra").spec["destinations"]}
    own = {item.spec["destination"]["namespace"] for item in homelab.of("argoproj.io/v1alpha1:Application")}
    # cert-manager's election of a leader is there.
    assert permitted == own | {"kube-system"}


def test_no_chart_leaves_a_lone_pod_behind(homelab: Recording[Outputs]) -> None:
    assert not [obj for objects in rendered(homelab).values() for obj in objects if obj["kind"] == "Pod"]


def test_pods_of_one_kind_are_on_different_nodes(homelab: Recording[Outputs]) -> None:
    several = [(chart, obj) for chart, obj in workloads(homelab) if obj["spec"].get("replicas", 1) > 1]
    assert len(several) > 5
    for chart, obj in several:
        template = obj["spec"]["template"]
        selectors = spread_by(template["spec"])
        assert selectors, f"{chart}: {obj['metadata']['name']} may have all its pods on one node"
        for labels in selectors:
            assert labels.items() <= template["metadata"]["labels"].items(), f"{chart}: {obj['metadata']['name']}"


def test_pods_get_single_keys_of_a_secret_that_the_program_made(homelab: Recording[Outputs]) -> None:
    """Connect's own Secret has one key: the file that it is about."""
    made = {item.spec.get("itemPath") and item.inputs["metadata"]["name"] for item in homelab.of(":OnePasswordItem")}
    for chart, obj in workloads(homelab):
        for volume in obj["spec"]["template"]["spec"].get("volumes", []):
            whole = (volume.get("secret") or {}).get("secretName")
            assert whole not in made, f"{chart}: {obj['metadata']['name']} mounts all of {whole}"


@pytest.mark.parametrize(
    "namespace", ["argocd", "authentik", "cert-manager", "onepassword", "traefik", "tunnel-ingress", "volsync"]
)
def test_each_policy_of_a_charts_namespace_selects_pods_that_it_has(
    homelab: Recording[Outputs], namespace: str
) -> None:
    """A label that no pod bears would close a call that is needed, without a word."""
    pods = [obj["spec"]["template"]["metadata"]["labels"] for chart, obj in workloads(homelab) if chart == namespace]
    checked = 0
    for name, spec in policies(homelab).items():
        labels = spec["podSelector"].get("matchLabels") or {}
        if name.startswith(f"{namespace}/") and NOT_BY_A_CHART.isdisjoint(labels.values()):
            assert any(labels.items() <= pod.items() for pod in pods), f"{name} selects no pod: {labels}"
            checked += 1
    assert checked


@pytest.mark.parametrize("namespace", ["argocd", "authentik", "onepassword"])
def test_each_port_that_a_part_may_be_called_at_is_one_that_it_has(homelab: Recording[Outputs], namespace: str) -> None:
    ports = {
        (frozenset(obj["spec"]["template"]["metadata"]["labels"].items()), port)
        for chart, obj in workloads(homelab)
        if chart == namespace
        for port in ports_of(obj, rendered(homelab)[namespace])
    }
    for name, spec in policies(homelab).items():
        labels = (spec["podSelector"].get("matchLabels") or {}).items()
        for rule in spec.get("ingress", []) if name.startswith(f"{namespace}/") else []:
            for port in rule["ports"]:
                if NOT_BY_A_CHART.isdisjoint(dict(labels).values()):
                    assert any(labels <= pod and port["port"] == known for pod, known in ports), f"{name}: {port}"


def ports_of(workload: Object, objects: list[Object]) -> set[int]:
    """Where pods can be called: at the ports that they declare, or that a Service leads to."""
    template = workload["spec"]["template"]
    declared = {
        port["containerPort"] for container in template["spec"]["containers"] for port in container.get("ports", [])
    }
    led_to = {
        port.get("targetPort", port["port"])
        for obj in objects
        if obj["kind"] == "Service" and obj["spec"]["selector"].items() <= template["metadata"]["labels"].items()
        for port in obj["spec"]["ports"]
    }
    return declared | led_to
