"""The bridge to InfluxDB, from Prometheus's queue to Telegraf's buffer."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Alert, RuleGroup, Watched

RULES: Final = (
    Alert(
        name="BridgeLagging",
        severity="warning",
        # Both are of the same samples: what is not carried is in neither. Three samples, at one in five minutes.
        expr="prometheus_remote_storage_queue_highest_timestamp_seconds"
        " - prometheus_remote_storage_queue_highest_sent_timestamp_seconds > 900",
        wait="10m",
        summary="The bridge to InfluxDB is {{ $value | humanizeDuration }} behind",
        description="Telegraf takes nothing more of {{ $labels.pod }}, which keeps what it has not sent for two hours.",
    ),
    Alert(
        name="BridgeBufferFilling",
        severity="warning",
        expr='internal_write_buffer_size{output="influxdb_v2"} / internal_write_buffer_limit > 0.5',
        wait="10m",
        summary="The bridge has filled {{ $value | humanizePercentage }} of its buffer",
        description="InfluxDB takes nothing. What does not fit into the buffer is lost, the oldest first.",
    ),
    Alert(
        name="BridgeLosing",
        severity="critical",
        expr="increase(prometheus_remote_storage_samples_failed_total[15m]) > 0"
        ' or increase(internal_write_metrics_dropped{output="influxdb_v2"}[15m]) > 0',
        wait="0s",
        summary="{{ $labels.job }} gives up samples on their way to InfluxDB",
        description="They were refused, or there was no room for them. Those of the last two months are in Thanos.",
    ),
)


def group(_watched: Watched) -> RuleGroup:
    """Alerts of the bridge."""
    return RuleGroup(name="bridge", rules=RULES)
