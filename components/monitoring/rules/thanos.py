"""Metrics on their way to the bucket, and in it."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="ThanosUploadFailing",
        severity="warning",
        expr='increase(thanos_shipper_upload_failures_total{job="thanos-sidecar"}[15m]) > 0',
        wait="30m",
        summary="{{ $labels.pod }} cannot upload its metrics to the bucket",
        description="Prometheus keeps them for some days; what it deletes before it was uploaded is lost.",
    ),
    Alert(
        name="ThanosUploadsStopped",
        severity="warning",
        # A block is made every two hours. One that was started since then has uploaded nothing yet, and says so by 0.
        expr='time() - max by (pod) (thanos_objstore_bucket_last_successful_upload_time{job="thanos-sidecar"} > 0'
        ' or process_start_time_seconds{job="thanos-sidecar"}) > 6 * 3600',
        wait="30m",
        summary="{{ $labels.pod }} has not uploaded anything for {{ $value | humanizeDuration }}",
        description="No upload fails either: Prometheus makes no blocks, or the sidecar does not see them.",
    ),
    Alert(
        name="ThanosCompactorHalted",
        severity="critical",
        expr="thanos_compact_halted == 1",
        wait="5m",
        summary="Thanos's compactor has halted",
        description="It found something in the bucket that it does not dare to touch, and does nothing until it is "
        "started anew: nothing is downsampled, and nothing is deleted.",
    ),
    Alert(
        name="ThanosCompactorSilent",
        severity="warning",
        expr="absent(thanos_compact_iterations_total) or increase(thanos_compact_iterations_total[6h]) == 0",
        wait="1h",
        summary="Thanos's compactor has finished nothing for hours",
        description="It does not run, or hangs: nothing is downsampled, and nothing is deleted.",
    ),
    Alert(
        name="ThanosBucketFailing",
        severity="warning",
        expr="sum by (job, operation)"
        ' (increase(thanos_objstore_bucket_operation_failures_total{job=~"thanos-store|thanos-compact"}[15m])) > 0',
        wait="30m",
        summary="{{ $labels.job }} fails at {{ $labels.operation }} in the bucket",
        description="The gateway or the NFS server behind it does not do what it is asked for.",
    ),
    Alert(
        name="ThanosStoreIncomplete",
        severity="warning",
        expr="increase(thanos_bucket_store_block_load_failures_total[30m]) > 0",
        wait="30m",
        summary="{{ $labels.pod }} cannot load blocks of the bucket",
        description="What is in them is missing in every answer about the past, without a word.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of Thanos."""
    return RuleGroup(name="thanos", rules=RULES)
