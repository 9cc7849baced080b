"""A sandbox gets what the monitors of a cluster's own parts look for, and nights that lie behind it."""

from __future__ import annotations

from typing import Any

from drills.monitoring.surroundings import complete_cluster
from sandbox import kube
from tests.support.live_objects import LiveObjects


class Applied(LiveObjects):
    """Remembers what was applied."""

    def __init__(self, objects: list[kube.Object]) -> None:
        super().__init__(objects)
        self.applied: list[tuple[dict[str, Any], bool]] = []

    def apply(self, obj: Any, _manager: str, *, status: bool = False, **_: Any) -> kube.Object:  # type: ignore[override]
        self.applied.append((obj, status))
        return dict(obj)


def test_every_job_of_the_night_has_run_and_succeeded_a_minute_ago() -> None:
    meta = {"name": "nightly", "namespace": "temporis"}
    cluster = Applied([{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {**meta, "uid": "1"}, "spec": {}}])
    complete_cluster(cluster)
    (job,) = [obj for obj, status in cluster.applied if status]
    assert job["metadata"] == meta
    assert job["status"]["lastScheduleTime"] < job["status"]["lastSuccessfulTime"]


def test_the_dns_has_the_port_that_has_metrics() -> None:
    cluster = Applied([])
    complete_cluster(cluster)
    (pod,) = [obj for obj, _ in cluster.applied if obj["kind"] == "Pod"]
    ports = [port["containerPort"] for port in pod["spec"]["containers"][0]["ports"]]
    assert 9153 in ports
