"""In the place of kube-state-metrics: what the sandbox's own objects say, under the names that it gives that.

Of its some hundred metrics those that the platform asks for, and a few beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from drills.monitoring.samples import Sample
from sandbox import kube

PHASES: Final = ("Pending", "Succeeded", "Failed", "Unknown", "Running")
STATUSES: Final = ("true", "false", "unknown")
CONDITIONS: Final = ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")


def samples(cluster: kube.Client) -> Iterator[Sample]:
    """All of them."""
    yield from _nodes(cluster.list("v1", "Node"))
    yield from _pods(cluster.list("v1", "Pod"))
    yield from _jobs(cluster.list("batch/v1", "Job"))
    yield from _cron_jobs(cluster.list("batch/v1", "CronJob"))
    for kind in ("Deployment", "StatefulSet", "DaemonSet"):
        yield from _workloads(kind.lower(), cluster.list("apps/v1", kind))


def _named(obj: kube.Object, label: str) -> dict[str, str]:
    return {"namespace": obj["metadata"]["namespace"], label: obj["metadata"]["name"]}


def _status(obj: kube.Object) -> kube.Object:
    return obj.get("status") or {}


def _condition(name: str, labels: dict[str, str], status: str) -> Iterator[Sample]:
    """A condition is three series, of which one is 1."""
    for each in STATUSES:
        yield Sample(name, float(each == status.lower()), {**labels, "status": each})


def _nodes(nodes: Iterable[kube.Object]) -> Iterator[Sample]:
    for node in nodes:
        labels = {"node": node["metadata"]["name"]}
        yield Sample("kube_node_info", 1.0, labels)
        conditions = {each["type"]: each["status"] for each in _status(node).get("conditions") or []}
        for kind in CONDITIONS:
            status = conditions.get(kind, "False")
            yield from _condition("kube_node_status_condition", {**labels, "condition": kind}, status)


def _pods(pods: Iterable[kube.Object]) -> Iterator[Sample]:
    for pod in pods:
        labels = {**_named(pod, "pod"), "uid": pod["metadata"]["uid"]}
        yield Sample("kube_pod_info", 1.0, {**labels, "node": pod["spec"].get("nodeName", "")})
        for phase in PHASES:
            same = _status(pod).get("phase") == phase
            yield Sample("kube_pod_status_phase", float(same), {**labels, "phase": phase})
        conditions = {each["type"]: each["status"] for each in _status(pod).get("conditions") or []}
        ready = conditions.get("Ready", "False").lower()
        for status in STATUSES:
            yield Sample("kube_pod_status_ready", float(ready == status), {**labels, "condition": status})
        for container in _status(pod).get("containerStatuses") or []:
            named = {**labels, "container": container["name"]}
            yield Sample("kube_pod_container_status_restarts_total", float(container.get("restartCount", 0)), named)
            if reason := ((container.get("state") or {}).get("waiting") or {}).get("reason"):
                yield Sample("kube_pod_container_status_waiting_reason", 1.0, {**named, "reason": reason})


def _jobs(jobs: Iterable[kube.Object]) -> Iterator[Sample]:
    for job in jobs:
        conditions = {each["type"]: each["status"] for each in _status(job).get("conditions") or []}
        for kind, name in {"Failed": "kube_job_failed", "Complete": "kube_job_complete"}.items():
            if kind in conditions:
                for status in STATUSES:
                    same = conditions[kind].lower() == status
                    yield Sample(name, float(same), {**_named(job, "job_name"), "condition": status})


def _cron_jobs(jobs: Iterable[kube.Object]) -> Iterator[Sample]:
    times = {
        "lastScheduleTime": "kube_cronjob_status_last_schedule_time",
        "lastSuccessfulTime": "kube_cronjob_status_last_successful_time",
    }
    for job in jobs:
        labels = _named(job, "cronjob")
        yield Sample("kube_cronjob_spec_suspend", float(bool(job["spec"].get("suspend"))), labels)
        for key, name in times.items():
            if moment := _status(job).get(key):
                yield Sample(name, datetime.fromisoformat(moment).timestamp(), labels)


def _workloads(kind: str, workloads: Iterable[kube.Object]) -> Iterator[Sample]:
    for workload in workloads:
        labels, status = _named(workload, kind), _status(workload)
        if kind == "daemonset":
            wanted = status.get("desiredNumberScheduled", 0)
            yield Sample("kube_daemonset_status_desired_number_scheduled", float(wanted), labels)
            yield Sample("kube_daemonset_status_number_available", float(status.get("numberAvailable", 0)), labels)
            continue
        replicas = "kube_deployment_spec_replicas" if kind == "deployment" else "kube_statefulset_replicas"
        yield Sample(replicas, float(workload["spec"].get("replicas", 1)), labels)
        available = status.get("availableReplicas", 0)
        yield Sample(f"kube_{kind}_status_replicas_available", float(available), labels)
