"""Thanos: what each part is told, whom it may call, and that nothing is asked twice."""

from __future__ import annotations

from typing import Any

import pytest

from components.kit import ForwardAuth, Foundation, TraefikRoute
from components.monitoring.thanos import Thanos, ThanosArgs
from components.settings import ThanosSettings
from components.vocabulary import ADMINS
from tests.support.monitoring import block_store, called, place
from tests.support.parts import base, container, peer, policies, waits_for
from tests.support.recorder import Recording, record

PARTS = ("thanos-query", "thanos-store", "thanos-compact")


def thanos(settings: dict[str, Any] | None = None, **site: Any) -> Recording[tuple[Foundation, Thanos]]:
    def build() -> tuple[Foundation, Thanos]:
        found, namespace = base(**site), place()
        args = ThanosArgs(
            base=found,
            namespace=namespace,
            settings=ThanosSettings.model_validate(settings or {}),
            store=block_store(namespace),
            sidecar=called(namespace, "prometheus-operated", 10901),
            host="prometheus.example.org",
        )
        return found, Thanos("thanos", args)

    return record(build)


@pytest.fixture(scope="module")
def recording() -> Recording[tuple[Foundation, Thanos]]:
    return thanos()


def flags(recording: Recording[Any], part: str) -> dict[str, list[str]]:
    """The arguments of a part by their flags; the command, which comes first, is left out."""
    found: dict[str, list[str]] = {}
    for argument in container(recording, part)["args"][1:]:
        flag, _, value = argument.partition("=")
        found.setdefault(flag, []).append(value)
    return found


def calls(recording: Recording[Any], part: str) -> set[tuple[str, int]]:
    """Whose pods a part may call, by their name, and where."""
    return {
        (target["podSelector"]["matchLabels"]["app.kubernetes.io/name"], int(port["port"]))
        for policy in policies(recording).values()
        if policy["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": part}
        for rule in policy.get("egress", [])
        for target in rule["to"]
        for port in rule["ports"]
    }


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_the_command_of_its_name(recording: Recording[Any], part: str) -> None:
    assert container(recording, part)["args"][0] == part.removeprefix("thanos-")


def test_query_asks_prometheus_and_the_bucket_by_the_names_of_their_ports(recording: Recording[Any]) -> None:
    assert set(flags(recording, "thanos-query")["--endpoint"]) == {
        "dnssrv+_grpc._tcp.prometheus-operated.temporis.svc",
        "dnssrv+_grpc._tcp.thanos-store.temporis.svc",
    }
    served = {port["name"]: int(port["port"]) for port in recording.one(":Service", "thanos-store").spec["ports"]}
    assert served["grpc"] == 10901
    assert calls(recording, "thanos-query") == {("prometheus-operated", 10901), ("thanos-store", 10901)}


def test_query_says_once_what_two_pods_of_prometheus_know(recording: Recording[Any]) -> None:
    assert flags(recording, "thanos-query")["--query.replica-label"] == ["prometheus_replica"]


@pytest.mark.parametrize("part", ["thanos-store", "thanos-compact"])
def test_who_reads_the_bucket_finds_it_by_the_file_of_the_synced_secret(recording: Recording[Any], part: str) -> None:
    (path,) = flags(recording, part)["--objstore.config-file"]
    mounts = {item["mountPath"]: item for item in container(recording, part)["volumeMounts"]}
    volumes = recording.one(":Deployment", part).spec["template"]["spec"]["volumes"]
    (volume,) = (item for item in volumes if item["name"] == mounts[path]["name"])
    assert volume["secret"]["secretName"] == "secret-bucket"
    assert volume["secret"]["items"] == [{"key": mounts[path]["subPath"], "path": mounts[path]["subPath"]}]
    assert calls(recording, part) == {("bucket", 7070)}
    for name in ("bucket", "bucket-file"):
        assert waits_for(recording, recording.one(":Deployment", part), ":ConfigMap", name)


@pytest.mark.parametrize("part", ["thanos-store", "thanos-compact"])
def test_it_writes_into_a_volume_only(recording: Recording[Any], part: str) -> None:
    (path,) = flags(recording, part)["--data-dir"]
    mounts = {item["mountPath"]: item for item in container(recording, part)["volumeMounts"]}
    assert not mounts[path].get("readOnly")
    assert container(recording, part)["securityContext"]["readOnlyRootFilesystem"] is True


def test_each_resolution_is_kept_as_long_as_the_stack_file_says() -> None:
    found = flags(thanos({"raw": 30, "fiveMinutes": 200, "hours": 1000}), "thanos-compact")
    assert {flag: days for flag, (days, *_) in found.items() if flag.startswith("--retention")} == {
        "--retention.resolution-raw": "30d",
        "--retention.resolution-5m": "200d",
        "--retention.resolution-1h": "1000d",
    }


def test_a_replaced_block_is_not_read_any_more_well_before_it_is_deleted(recording: Recording[Any]) -> None:
    (deleted,) = flags(recording, "thanos-compact")["--delete-delay"]
    (ignored,) = flags(recording, "thanos-store")["--ignore-deletion-marks-delay"]
    assert int(ignored.removesuffix("h")) * 2 == int(deleted.removesuffix("h"))


@pytest.mark.parametrize("replicas", [1, 2])
def test_there_is_never_a_second_compactor(replicas: int) -> None:
    recording = thanos(replicas=replicas)
    compactors = [
        item
        for item in recording.of(":Deployment")
        if item.spec["template"]["spec"]["containers"][0]["args"][0] == "compact"
    ]
    (only,) = compactors
    assert only.spec["replicas"] == 1
    assert only.spec["strategy"]["type"] == "Recreate"
    assert recording.one(":Deployment", "thanos-query").spec["replicas"] == replicas


def test_nothing_of_thanos_is_data(recording: Recording[Any]) -> None:
    assert recording.of(":PersistentVolumeClaim") == []


def test_the_compactor_has_room_for_a_block_of_two_weeks(recording: Recording[Any]) -> None:
    volumes = recording.one(":Deployment", "thanos-compact").spec["template"]["spec"]["volumes"]
    assert [volume["emptyDir"]["sizeLimit"] for volume in volumes if "emptyDir" in volume] == ["20Gi"]


def test_the_store_takes_no_more_memory_than_it_has(recording: Recording[Any]) -> None:
    taken = sum(
        int(flags(recording, "thanos-store")[flag][0].removesuffix("MB"))
        for flag in ("--index-cache-size", "--chunk-pool-size")
    )
    assert container(recording, "thanos-store")["resources"]["limits"]["memory"] == "1Gi"
    assert taken < 1024 / 2


def test_admins_find_it_where_prometheus_is_looked_for(recording: Recording[tuple[Foundation, Thanos]]) -> None:
    found, made = recording.result
    (entry,) = found.contributions.catalog.close()
    assert entry.endpoint == made.endpoint
    assert made.endpoint.address == "thanos-query.temporis.svc:10902"
    assert entry.exposure == TraefikRoute(host="prometheus.example.org", sign_in=ForwardAuth(group=ADMINS))


def test_nobody_but_query_calls_the_store(recording: Recording[Any]) -> None:
    entering = [
        rule["from"]
        for policy in policies(recording).values()
        if policy["podSelector"]["matchLabels"] == {"app.kubernetes.io/name": "thanos-store"}
        for rule in policy.get("ingress", [])
    ]
    assert entering == [[peer("temporis", {"app.kubernetes.io/name": "thanos-query"})]]


def test_every_part_has_metrics_at_a_port_of_its_pods() -> None:
    recording = thanos()
    found, _ = recording.result
    for target in found.contributions.metrics.close():
        ports = {port["name"] for port in container(recording, target.name)["ports"]}
        assert target.port in ports
        assert target.pods.labels == {"app.kubernetes.io/name": target.name}
    assert {target.name for target in found.contributions.metrics.close()} == set(PARTS)
