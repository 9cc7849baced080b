"""What the parts of the whole platform say of their metrics is so: by the pods that they and their charts bring."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from components import foundation, platform
from components.foundation import Founded
from components.kit import MetricsTarget, OpenPods, Pods
from tests.conftest import configuration_of
from tests.support.charts import rendered
from tests.support.recorder import Recording, record
from tests.support.routing import excluded

NAME_LABEL = "app.kubernetes.io/name"
MADE_BY_CONTROLLERS = {"alertmanager", "cloudflared", "postgres", "prometheus", "thanos-sidecar"}
"""Jobs whose pods are described by no manifest, in some of their namespaces."""


class Pod(NamedTuple):
    namespace: str
    labels: dict[str, str]
    ports: dict[str, int]


@pytest.fixture(scope="module")
def recording(stack_values: dict[str, Any]) -> Recording[Sequence[MetricsTarget]]:
    """The committed stack, and every target that its parts hand in."""
    founded: list[Founded] = []

    def found(*given: Any) -> Founded:
        founded.append(foundation.found(*given))
        return founded[-1]

    def program() -> Sequence[MetricsTarget]:
        with patch("components.platform.found", found):
            platform.build(configuration_of(stack_values))
        return founded[-1].base.contributions.metrics.close()

    return record(program)


def place(target: MetricsTarget) -> str:
    """The namespace of a target's pods."""
    return target.pods.namespace.name if isinstance(target.pods, Pods) else target.pods.namespace


def pods(recording: Recording[Any]) -> Iterator[Pod]:
    """Those of the program's own workloads, and those of its charts'."""
    places = {item.name: item.spec["destination"]["namespace"] for item in recording.of("v1alpha1:Application")}
    own = [(item.inputs["metadata"]["namespace"], item.spec["template"]) for item in recording.of(":Deployment")]
    by_charts = [
        (places.get(name, name), obj["spec"]["template"])
        for name, objects in rendered(recording).items()
        for obj in objects
        if obj["kind"] in {"DaemonSet", "Deployment", "StatefulSet"}
    ]
    for namespace, template in [*own, *by_charts]:
        ports = {
            port.get("name", str(port["containerPort"])): port["containerPort"]
            for container in template["spec"]["containers"]
            for port in container.get("ports", [])
        }
        yield Pod(namespace, template["metadata"]["labels"], ports)


def of(recording: Recording[Sequence[MetricsTarget]], job: str) -> list[MetricsTarget]:
    return [target for target in recording.result if target.name == job]


@pytest.mark.parametrize(
    "job",
    [
        "argocd-application-controller",
        "argocd-applicationset-controller",
        "argocd-notifications-controller",
        "argocd-repo-server",
        "argocd-server",
        "authentik-server",
        "authentik-worker",
        "cert-manager",
        "cloudflared",
        "cloudnative-pg",
        "immich",
        "immich-microservices",
        "n8n",
        "navidrome",
        "postgres",
        "traefik",
        "volsync",
    ],
)
def test_each_part_hands_in_what_it_has_metrics_of(recording: Recording[Sequence[MetricsTarget]], job: str) -> None:
    """Dashboards and alerts know them by these names."""
    assert of(recording, job)


def test_the_pods_of_a_target_are_there_and_declare_its_port(recording: Recording[Sequence[MetricsTarget]]) -> None:
    known = list(pods(recording))
    for target in recording.result:
        labels = target.pods.labels.items()
        selected = [pod for pod in known if pod.namespace == place(target) and labels <= pod.labels.items()]
        assert selected or target.name in MADE_BY_CONTROLLERS or isinstance(target.pods, OpenPods), target.name
        for pod in selected:
            assert target.port in {*pod.ports, *pod.ports.values()}, f"{target.name}: {pod.labels}"


def test_each_of_cert_managers_three_parts_is_asked(recording: Recording[Sequence[MetricsTarget]]) -> None:
    (target,) = of(recording, "cert-manager")
    selected = [pod for pod in pods(recording) if target.pods.labels.items() <= pod.labels.items()]
    assert {pod.labels[NAME_LABEL] for pod in selected} == {"cert-manager", "webhook", "cainjector"}


def test_a_certificates_namespace_is_its_own_and_not_cert_managers(
    recording: Recording[Sequence[MetricsTarget]],
) -> None:
    (target,) = of(recording, "cert-manager")
    assert target.honor_labels


def test_a_service_that_a_target_is_found_by_leads_to_its_port(recording: Recording[Sequence[MetricsTarget]]) -> None:
    services = [
        *((item.inputs["metadata"], item.spec) for item in recording.of("core/v1:Service")),
        *(
            ({"namespace": name, **obj["metadata"]}, obj["spec"])
            for name, objects in rendered(recording).items()
            for obj in objects
            if obj["kind"] == "Service"
        ),
    ]
    found = [target for target in recording.result if target.service is not None and isinstance(target.pods, Pods)]
    assert found
    for target in found:
        (led_to,) = (
            (spec["selector"], {port["port"], port.get("targetPort")})
            for metadata, spec in services
            for port in spec["ports"]
            if metadata["namespace"] == place(target)
            and (target.service or {}).items() <= (metadata.get("labels") or {}).items()
            and port.get("name") == target.service_port
        )
        assert target.pods.labels.items() <= led_to[0].items(), target.name
        assert target.port in led_to[1], target.name


def test_no_namespace_has_two_targets_of_one_name(recording: Recording[Sequence[MetricsTarget]]) -> None:
    times = Counter((place(target), target.name) for target in recording.result)
    assert set(times.values()) == {1}


def test_every_cluster_of_a_database_is_in_a_namespace_whose_instances_are_asked(
    recording: Recording[Sequence[MetricsTarget]],
) -> None:
    clusters = {item.inputs["metadata"]["namespace"] for item in recording.of("cnpg.io/v1:Cluster")}
    assert clusters == {place(target) for target in of(recording, "postgres")}


def test_metrics_on_an_applications_own_port_are_closed_where_people_come_in(
    recording: Recording[Sequence[MetricsTarget]],
) -> None:
    routes = {route.object_name: route.spec["routes"] for route in recording.of(":IngressRoute")}
    exposed = [
        target
        for target in recording.result
        if target.service is not None and target.service_port == "http" and f"{place(target)}/{target.name}" in routes
    ]
    assert {"n8n", "navidrome"} <= {target.name for target in exposed}
    for target in exposed:
        leading_there = [
            rule["match"]
            for rule in routes[f"{place(target)}/{target.name}"]
            if rule["services"][0].get("namespace") == place(target) and "PathPrefix" not in rule["match"]
        ]
        assert leading_there
        for match in leading_there:
            assert any(pattern.search(target.path) for pattern in excluded(match)), target.name


def test_whatever_is_scraped_or_probed_is_missed_when_it_is_gone(recording: Recording[Any]) -> None:
    probed = {item.spec["jobName"] for item in recording.of("monitoring.coreos.com/v1:Probe")}
    assert probed
    rules = [
        rule for item in recording.of(":PrometheusRule") for group in item.spec["groups"] for rule in group["rules"]
    ]
    (missing,) = [rule["expr"] for rule in rules if rule.get("alert") == "TargetMissing"]
    missed = set(re.findall(r'absent\(up\{job="([^"]+)"\}\)', missing))
    assert missed == {target.name for target in recording.result} | probed
