"""Prometheus finds what has metrics, and may call exactly that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from components.kit import Addresses, Https, MetricsTarget, OpenPods, Pods
from components.monitoring.monitors import Monitors, MonitorsArgs
from components.vocabulary import MONITORED, UNVERIFIED_TLS_REASON
from tests.support.parts import done, namespace, peer, policies, waits_for
from tests.support.recorder import Recording, Registered, record

PROMETHEUS = {"app.kubernetes.io/name": "prometheus"}
MUSIC = {"app.kubernetes.io/name": "music"}
REASON = "it signs its own"


def monitored(*targets: Callable[[], MetricsTarget]) -> Recording[Monitors]:
    def program() -> Monitors:
        prometheus = Pods(namespace=namespace("temporis"), labels=PROMETHEUS)
        made = [target() for target in targets]
        return Monitors("monitors", MonitorsArgs(targets=made, prometheus=prometheus, kinds_known=done("kinds")))

    return record(program)


def music(**changes: Any) -> MetricsTarget:
    given = {"name": "music", "port": 4533, **changes}
    return MetricsTarget(pods=Pods(namespace=namespace(), labels=MUSIC), **given)


def system(**changes: Any) -> MetricsTarget:
    given = {"name": "dns", "port": 9153, "pods": OpenPods(namespace="kube-system", labels={"app": "dns"}), **changes}
    return MetricsTarget(**given)


def only(recording: Recording[Any], kind: str) -> Registered:
    (found,) = recording.of(f":{kind}")
    return found


def endpoint(recording: Recording[Any], kind: str) -> Any:
    (found,) = only(recording, kind).spec["podMetricsEndpoints" if kind == "PodMonitor" else "endpoints"]
    return found


def test_pods_are_found_in_their_namespace_by_their_labels_and_the_port_that_they_declare() -> None:
    recording = monitored(music)
    monitor = only(recording, "PodMonitor")
    assert monitor.object_name == "music/music"
    assert monitor.spec["selector"] == {"matchLabels": MUSIC}
    assert "namespaceSelector" not in monitor.spec
    assert endpoint(recording, "PodMonitor")["portNumber"] == 4533
    assert "port" not in endpoint(recording, "PodMonitor")


def test_a_port_may_be_named() -> None:
    found = endpoint(monitored(lambda: music(port="metrics")), "PodMonitor")
    assert found["port"] == "metrics"
    assert "portNumber" not in found


def test_what_a_service_is_before_is_found_by_that_and_by_its_port() -> None:
    recording = monitored(lambda: music(service={"app": "music"}, service_port="metrics"))
    assert only(recording, "ServiceMonitor").spec["selector"] == {"matchLabels": {"app": "music"}}
    assert endpoint(recording, "ServiceMonitor")["port"] == "metrics"


def test_any_service_of_the_namespace_is_no_lack_of_one() -> None:
    recording = monitored(lambda: music(service={}, service_port="metrics"))
    assert only(recording, "ServiceMonitor").spec["selector"] == {"matchLabels": {}}


@pytest.mark.parametrize("seconds", [15, 60])
def test_it_is_asked_as_often_as_it_says(seconds: int) -> None:
    assert endpoint(monitored(lambda: music(interval=seconds)), "PodMonitor")["interval"] == f"{seconds}s"


def test_by_itself_it_is_asked_every_fifteen_seconds_at_the_usual_path() -> None:
    found = endpoint(monitored(music), "PodMonitor")
    assert (found["interval"], found["path"]) == ("15s", "/metrics")
    assert "honorLabels" not in found
    assert "scheme" not in found


def test_its_job_is_its_name_whatever_else_becomes_of_its_labels() -> None:
    more = {"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}
    found = endpoint(monitored(lambda: music(relabelings=(more,))), "PodMonitor")
    assert found["relabelings"] == [{"targetLabel": "job", "replacement": "music"}, more]


def test_what_tells_of_others_keeps_its_labels() -> None:
    assert endpoint(monitored(lambda: music(honor_labels=True)), "PodMonitor")["honorLabels"] is True


def test_prometheus_alone_may_call_its_pods_at_that_port_alone() -> None:
    found = policies(monitored(music))
    assert set(found) == {"temporis/monitors-music-music-egress", "music/monitors-music-music-ingress"}
    ports = [{"port": 4533, "protocol": "TCP"}]
    assert found["music/monitors-music-music-ingress"]["podSelector"] == {"matchLabels": MUSIC}
    assert found["music/monitors-music-music-ingress"]["ingress"] == [
        {"from": [peer("temporis", PROMETHEUS)], "ports": ports}
    ]
    assert found["temporis/monitors-music-music-egress"]["podSelector"] == {"matchLabels": PROMETHEUS}
    assert found["temporis/monitors-music-music-egress"]["egress"] == [{"to": [peer("music", MUSIC)], "ports": ports}]


def test_what_is_in_a_namespace_of_the_cluster_is_found_from_prometheus_own() -> None:
    recording = monitored(system)
    monitor = only(recording, "PodMonitor")
    assert monitor.object_name == "temporis/dns"
    assert monitor.spec["namespaceSelector"] == {"matchNames": ["kube-system"]}
    assert set(policies(recording)) == {"temporis/monitors-kube-system-dns-egress"}


def test_what_is_in_the_nodes_network_is_called_by_address() -> None:
    at = Addresses(cidrs=["192.168.1.11/32"], ports=[9100])
    recording = monitored(lambda: music(at=at))
    (found,) = policies(recording).values()
    assert found["egress"] == [
        {"to": [{"ipBlock": {"cidr": "192.168.1.11/32"}}], "ports": [{"port": 9100, "protocol": "TCP"}]}
    ]


def test_a_certificate_is_verified_by_the_clusters_authority() -> None:
    recording = monitored(lambda: system(service={}, https=Https(server_name="kubernetes", token=True)))
    found = endpoint(recording, "ServiceMonitor")
    folder = "/var/run/secrets/kubernetes.io/serviceaccount"
    assert found["scheme"] == "https"
    assert found["tlsConfig"] == {"caFile": f"{folder}/ca.crt", "serverName": "kubernetes"}
    assert found["bearerTokenFile"] == f"{folder}/token"
    assert UNVERIFIED_TLS_REASON not in (only(recording, "ServiceMonitor").inputs["metadata"].get("annotations") or {})


def test_a_certificate_that_is_not_verified_has_its_reason_on_the_monitor_and_gets_no_token_unasked() -> None:
    recording = monitored(lambda: music(https=Https(unverified_reason=REASON)))
    found = endpoint(recording, "PodMonitor")
    assert found["tlsConfig"] == {"insecureSkipVerify": True}
    assert "bearerTokenFile" not in found
    assert only(recording, "PodMonitor").inputs["metadata"]["annotations"] == {UNVERIFIED_TLS_REASON: REASON}


def test_prometheus_can_tell_the_programs_monitors_from_those_of_charts() -> None:
    for monitor in monitored(music, system).of("Monitor"):
        assert monitor.inputs["metadata"]["labels"] == {MONITORED: "true"}


def test_one_job_may_have_targets_in_several_namespaces() -> None:
    def other() -> MetricsTarget:
        return MetricsTarget(name="music", pods=Pods(namespace=namespace("other"), labels=MUSIC), port=1)

    found = {item.object_name for item in monitored(music, other).of(":PodMonitor")}
    assert found == {"music/music", "other/music"}


def test_a_monitor_comes_after_its_kind_and_after_its_namespace() -> None:
    recording = monitored(music)
    monitor = only(recording, "PodMonitor")
    assert waits_for(recording, monitor, ":ConfigMap", "kinds")
    assert waits_for(recording, monitor, "core/v1:Namespace", "music")
