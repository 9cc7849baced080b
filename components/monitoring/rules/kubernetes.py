"""Pods, jobs and claims, whoever they belong to."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched, on_its_node

_SPACE: Final = "kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes"

RULES: Final = (
    Alert(
        name="PodCrashLooping",
        severity="warning",
        # The reason comes and goes with every attempt: what was so within the last minutes is so.
        expr='max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5m]) == 1',
        wait="10m",
        summary="{{ $labels.container }} of {{ $labels.namespace }}/{{ $labels.pod }} ends again and again",
        description="It is started anew at ever longer intervals, up to five minutes.",
    ),
    Alert(
        name="PodNotReady",
        severity="warning",
        # Pods of jobs that are done are not ready, and need not be.
        expr=on_its_node(
            'kube_pod_status_ready{condition="true"} == 0'
            ' and on (namespace, pod) kube_pod_status_phase{phase=~"Pending|Running|Unknown"} == 1'
        ),
        wait="15m",
        summary="{{ $labels.namespace }}/{{ $labels.pod }} has not been ready for a quarter of an hour",
        description="It gets no calls: it does not start, has no place on a node, or fails its probe.",
    ),
    Alert(
        name="JobFailed",
        severity="warning",
        # Without the labels of the exporter, which would be taken for those of what has failed.
        expr='max by (namespace, job_name) (kube_job_failed{condition="true"}) == 1',
        wait="1m",
        summary="The job {{ $labels.namespace }}/{{ $labels.job_name }} has failed",
        description="All its attempts have. It stays, with the logs of the last one, until it is deleted.",
    ),
    Alert(
        name="ClaimFilling",
        severity="warning",
        expr=f"{_SPACE} < 0.3 and predict_linear(kubelet_volume_stats_available_bytes[6h], 4 * 24 * 3600) < 0",
        wait="1h",
        summary="The volume {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is full within four days",
        description="If it fills as it did in the last six hours; {{ $value | humanizePercentage }} are left.",
    ),
    Alert(
        name="ClaimFull",
        severity="critical",
        expr=f"{_SPACE} < 0.05",
        wait="10m",
        summary="The volume {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has "
        "{{ $value | humanizePercentage }} left",
        description="Whatever writes to it fails when it is full. A database stops.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of what runs in the cluster."""
    return RuleGroup(name="kubernetes", rules=RULES)
