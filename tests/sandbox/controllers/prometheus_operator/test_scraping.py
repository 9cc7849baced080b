"""Which monitors a Prometheus selects, what becomes of them, and which it passes over."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.controllers.prometheus_operator import names
from sandbox.controllers.prometheus_operator.operator import PrometheusOperator
from tests.sandbox.controllers.prometheus_operator.conftest import (
    conditions,
    configuration,
    events,
    labelled,
    monitor,
    prometheus,
    settle,
    space,
)
from tests.sandbox.controllers.world import SPACE, World, thing


def jobs(operator: PrometheusOperator, world: World, **spec: Any) -> dict[str, Any]:
    prometheus(world, **spec)
    settle(operator, world)
    return {job["job_name"]: job for job in configuration(world)["scrape_configs"]}


def kept(job: dict[str, Any]) -> dict[str, Any]:
    """What labels have to be, by the first label of each rule that keeps."""
    return {rule["source_labels"][0]: rule["regex"] for rule in job["relabel_configs"] if rule.get("action") == "keep"}


def pod_monitor(**endpoint: Any) -> dict[str, Any]:
    spec = {"selector": {"matchLabels": {"app": "music"}}, "podMetricsEndpoints": [endpoint]}
    return thing("PodMonitor", "music", version=names.VERSION, spec=spec)


def probe(**spec: Any) -> dict[str, Any]:
    static = {"static": ["https://music.example.org"], "labels": {"service": "music"}}
    whole = {"prober": {"url": "blackbox:9115"}, "module": "public", "targets": {"staticConfig": static}, **spec}
    return thing("Probe", "public", version=names.VERSION, spec=whole)


def scrape_config(**spec: Any) -> dict[str, Any]:
    return thing("ScrapeConfig", "nodes", version=names.ALPHA, spec=spec)


def test_monitors_are_selected_by_their_labels_and_by_those_of_their_namespaces(
    operator: PrometheusOperator, world: World
) -> None:
    space(world, "watched", watched="true")
    for name, place, labels in (("a", "watched", "yes"), ("b", "watched", "no"), ("c", SPACE, "yes")):
        world.have(labelled(monitor(name, place), chosen=labels))
    chosen = {"matchLabels": {"chosen": "yes"}}
    watched = {"matchExpressions": [{"key": "watched", "operator": "Exists"}]}
    found = jobs(operator, world, serviceMonitorSelector=chosen, serviceMonitorNamespaceSelector=watched)
    assert set(found) == {"serviceMonitor/watched/a/0"}


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        ({"operator": "In", "values": ["yes"]}, {"a"}),
        ({"operator": "NotIn", "values": ["yes"]}, {"b", "c"}),
        ({"operator": "Exists"}, {"a", "b"}),
        ({"operator": "DoesNotExist"}, {"c"}),
    ],
)
def test_expressions_select_as_everywhere_in_kubernetes(
    operator: PrometheusOperator, world: World, expression: dict[str, Any], selected: set[str]
) -> None:
    world.have(labelled(monitor("a"), chosen="yes"))
    world.have(labelled(monitor("b"), chosen="no"))
    world.have(monitor("c"))
    found = jobs(operator, world, serviceMonitorSelector={"matchExpressions": [{"key": "chosen", **expression}]})
    assert {name.split("/")[2] for name in found} == selected


def test_no_selector_selects_nothing_and_no_namespace_selector_only_its_own(
    operator: PrometheusOperator, world: World
) -> None:
    space(world, "other")
    world.have(monitor("here"))
    world.have(monitor("there", "other"))
    assert set(jobs(operator, world, serviceMonitorNamespaceSelector=None)) == {f"serviceMonitor/{SPACE}/here/0"}
    assert jobs(operator, world, serviceMonitorSelector=None) == {}


def test_a_service_monitor_keeps_its_interval_path_and_labels(operator: PrometheusOperator, world: World) -> None:
    world.have(
        monitor(interval="60s", path="/m", honorLabels=True, relabelings=[{"targetLabel": "job", "replacement": "x"}])
    )
    (job,) = jobs(operator, world).values()
    assert (job["scrape_interval"], job["metrics_path"], job["honor_labels"]) == ("60s", "/m", True)
    assert kept(job) == {
        "__meta_kubernetes_service_label_app": "(music);true",
        "__meta_kubernetes_endpoint_port_name": "metrics",
    }
    assert job["kubernetes_sd_configs"] == [{"role": "endpoints", "namespaces": {"names": [SPACE]}}]
    assert job["relabel_configs"][-1] == {"target_label": "job", "replacement": "x"}


def test_slices_of_endpoints_are_asked_where_the_spec_says_so(operator: PrometheusOperator, world: World) -> None:
    world.have(monitor())
    (job,) = jobs(operator, world, serviceDiscoveryRole="EndpointSlice").values()
    assert job["kubernetes_sd_configs"][0]["role"] == "endpointslice"
    assert kept(job)["__meta_kubernetes_endpointslice_port_name"] == "metrics"


def test_a_monitor_may_look_elsewhere(operator: PrometheusOperator, world: World) -> None:
    elsewhere = monitor()
    elsewhere["spec"]["namespaceSelector"] = {"matchNames": ["kube-system"]}
    world.have(elsewhere)
    (job,) = jobs(operator, world).values()
    assert job["kubernetes_sd_configs"][0]["namespaces"] == {"names": ["kube-system"]}


def test_a_target_that_speaks_tls_is_called_so(operator: PrometheusOperator, world: World) -> None:
    tls = {"caFile": "/ca.crt", "serverName": "kubernetes"}
    world.have(monitor(scheme="https", tlsConfig=tls, bearerTokenFile="/token"))
    (job,) = jobs(operator, world).values()
    assert (job["scheme"], job["bearer_token_file"]) == ("https", "/token")
    assert job["tls_config"] == {"ca_file": "/ca.crt", "server_name": "kubernetes"}


@pytest.mark.parametrize(
    ("endpoint", "source", "port"),
    [
        ({"port": "metrics"}, "__meta_kubernetes_pod_container_port_name", "metrics"),
        ({"portNumber": 9100}, "__meta_kubernetes_pod_container_port_number", "9100"),
    ],
)
def test_a_pod_monitor_keeps_the_port_that_containers_declare(
    operator: PrometheusOperator, world: World, endpoint: dict[str, Any], source: str, port: str
) -> None:
    world.have(pod_monitor(**endpoint))
    (job,) = jobs(operator, world).values()
    assert job["job_name"] == f"podMonitor/{SPACE}/music/0"
    assert kept(job) == {"__meta_kubernetes_pod_label_app": "(music);true", source: port}
    assert job["kubernetes_sd_configs"][0]["role"] == "pod"


def test_a_probe_asks_the_prober_about_each_target(operator: PrometheusOperator, world: World) -> None:
    world.have(probe(interval="60s", jobName="blackbox"))
    (job,) = jobs(operator, world).values()
    (static,) = job["static_configs"]
    assert static["targets"] == ["https://music.example.org"]
    assert static["labels"] == {"service": "music", "namespace": SPACE}
    assert (job["metrics_path"], job["params"], job["scrape_interval"]) == ("/probe", {"module": ["public"]}, "60s")
    targets = {rule["target_label"]: rule for rule in job["relabel_configs"]}
    assert targets["__address__"]["replacement"] == "blackbox:9115"
    assert targets["instance"]["source_labels"] == ["__param_target"]
    assert targets["job"]["replacement"] == "blackbox"


def test_a_scrape_configuration_finds_nodes(operator: PrometheusOperator, world: World) -> None:
    mapped = {"action": "LabelMap", "regex": "__meta_kubernetes_node_label_(.+)"}
    world.have(
        scrape_config(kubernetesSDConfigs=[{"role": "Node"}], scheme="HTTPS", jobName="kubelet", relabelings=[mapped])
    )
    (job,) = jobs(operator, world).values()
    assert job["kubernetes_sd_configs"] == [{"role": "node"}]
    assert job["scheme"] == "https"
    assert {"target_label": "job", "replacement": "kubelet"} in job["relabel_configs"]
    assert {**mapped, "action": "labelmap"} in job["relabel_configs"]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (monitor(interval="1s", scrapeTimeout="2s"), 'endpoints[0]: scrapeTimeout "2s" greater than scrapeInterval'),
        (monitor(scrapeTimeout="2m"), 'endpoints[0]: scrapeTimeout "2m" greater than scrapeInterval "30s"'),
        (
            monitor(authorization={"credentials": {"name": "token", "key": "t"}}),
            'endpoints[0]: authorization: failed to get authorization token of type "": unable to get secret "token"',
        ),
        (monitor(relabelings=[{"action": "replace"}]), "relabel configuration for replace action needs targetLabel"),
        (monitor(relabelings=[{"targetLabel": "a-b"}]), "\"a-b\" is invalid 'target_label' for replace action"),
        (monitor(metricRelabelings=[{"action": "drop", "regex": "("}]), "metricRelabelConfigs: [0]: invalid regex ("),
        (monitor(tlsConfig={"ca": {"secret": {"name": "x"}}}), "tlsConfig.ca: the sandbox's operator knows files only"),
        (pod_monitor(port="m", interval="1s", scrapeTimeout="2s"), "endpoint[0]: scrapeTimeout"),
        (probe(prober={"url": "http://blackbox:9115"}), "it should be of the format `hostname` or `hostname:port`"),
        (probe(targets={"ingress": {}}), "targets: the sandbox's operator knows staticConfig only"),
        (scrape_config(consulSDConfigs=[{"server": "x"}]), "consulSDConfigs: the sandbox's operator knows"),
        (scrape_config(kubernetesSDConfigs=[{"role": "Pod", "selectors": []}]), "kubernetesSDConfigs[0].selectors"),
    ],
)
def test_what_cannot_be_scraped_is_passed_over_with_a_word(
    operator: PrometheusOperator, world: World, wrong: dict[str, Any], problem: str
) -> None:
    world.have(monitor("good"))
    world.have(wrong)
    found = jobs(operator, world)
    assert set(found) == {f"serviceMonitor/{SPACE}/good/0"}
    assert problem in events(world)[f"{wrong['kind']} {wrong['metadata']['name']}"]
    assert conditions(world, "Prometheus")["Reconciled"] == ("True", "")


def test_it_is_said_once(operator: PrometheusOperator, world: World) -> None:
    world.have(monitor(relabelings=[{"action": "replace"}]))
    jobs(operator, world)
    settle(operator, world)
    assert len([kind for kind, _, _ in world.objects if kind == "Event"]) == 1


def test_a_monitor_that_goes_takes_its_job_along(operator: PrometheusOperator, world: World) -> None:
    world.have(monitor())
    assert jobs(operator, world)
    world.delete(*names.SERVICE_MONITOR, "music", SPACE)
    assert jobs(operator, world) == {}
