"""Which series the targets have, as far as rules and dashboards ask for them, and where that is known from.

A rule that names anything else can never fire, and a panel of it stays empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from tests.support.promql import Selector, selectors

EXPORTED: Final[dict[str, frozenset[str]]] = {
    job: frozenset(names.split())
    for job, names in {
        # node_exporter 1.10.2: collectors that are on by default.
        "node-exporter": """
            node_boot_time_seconds node_cpu_seconds_total node_disk_read_bytes_total node_disk_written_bytes_total
            node_filesystem_avail_bytes node_filesystem_size_bytes node_hwmon_temp_celsius node_load1
            node_memory_MemAvailable_bytes node_memory_MemTotal_bytes node_network_receive_bytes_total
            node_network_transmit_bytes_total node_uname_info""",
        # kube-state-metrics 2.17.0, its pages on CronJobs, Jobs, nodes and pods.
        "kube-state-metrics": """
            kube_cronjob_status_last_schedule_time kube_cronjob_status_last_successful_time kube_job_failed
            kube_node_status_condition kube_pod_container_status_waiting_reason kube_pod_info kube_pod_status_phase
            kube_pod_status_ready kube_deployment_spec_replicas kube_deployment_status_replicas_available""",
        # kubelet 1.34: pkg/volume and the summary's collectors.
        "kubelet": "kubelet_volume_stats_available_bytes kubelet_volume_stats_capacity_bytes",
        # cAdvisor as the kubelet 1.34 has it.
        "cadvisor": "container_cpu_usage_seconds_total container_memory_working_set_bytes",
        # CloudNativePG 1.28.0: docs/src/monitoring.md, config/manager/default-monitoring.yaml; the Barman Cloud plugin
        # adds its own to the same port: internal/cnpgi/instance/metrics.go.
        "postgres": """
            cnpg_collector_up cnpg_pg_stat_archiver_last_archived_time cnpg_pg_stat_archiver_last_failed_time
            barman_cloud_cloudnative_pg_io_last_available_backup_timestamp""",
        # VolSync 0.14.0: internal/controller/metrics.go.
        "volsync": "volsync_volume_out_of_sync",
        # Argo CD 3.2.0: controller/metrics/metrics.go.
        "argocd-application-controller": "argocd_app_info",
        # cloudflared's page on metrics.
        "cloudflared": "cloudflared_tunnel_ha_connections",
        # Traefik 3: pkg/observability/metrics/prometheus.go.
        "traefik": """
            traefik_service_requests_total traefik_service_request_duration_seconds_bucket""",
        # cert-manager 1.19.1: internal/collectors/certificate_collector.go.
        "cert-manager": "certmanager_certificate_expiration_timestamp_seconds",
        # blackbox_exporter 0.27: prober/http.go, prober/handler.go.
        "blackbox": "probe_duration_seconds probe_ssl_earliest_cert_expiry probe_success",
        # Thanos 0.40.1: pkg/shipper, cmd/thanos/compact.go, pkg/store/bucket.go, and its object store's client; when a
        # process began is said by every program in Go.
        "thanos-sidecar": """
            thanos_objstore_bucket_last_successful_upload_time thanos_objstore_bucket_operation_failures_total
            thanos_shipper_upload_failures_total process_start_time_seconds""",
        "thanos-store": """
            thanos_bucket_store_block_load_failures_total thanos_objstore_bucket_operation_failures_total""",
        "thanos-compact": """
            thanos_compact_halted thanos_compact_iterations_total thanos_objstore_bucket_last_successful_upload_time
            thanos_objstore_bucket_operation_failures_total""",
        # Prometheus 3.7.3: cmd/prometheus, notifier, rules, storage/remote/queue_manager.go.
        "prometheus": """
            prometheus_config_last_reload_successful prometheus_notifications_alertmanagers_discovered
            prometheus_notifications_errors_total prometheus_remote_storage_queue_highest_sent_timestamp_seconds
            prometheus_remote_storage_queue_highest_timestamp_seconds prometheus_remote_storage_samples_failed_total
            prometheus_rule_evaluation_failures_total""",
        # Alertmanager 0.29: config/coordinator.go, notify/notify.go.
        "alertmanager": "alertmanager_config_last_reload_successful alertmanager_notifications_failed_total",
        # Telegraf's input `internal`: measurement and field make the name.
        "bridge": "internal_write_buffer_limit internal_write_buffer_size internal_write_metrics_dropped",
        # kenfdev/remo-exporter 0.8.1.
        "remo-exporter": """
            remo_coefficient remo_cumulative_electric_energy_unit_kilowatt_hour remo_humidity remo_illumination
            remo_measured_instantaneous_energy_watt remo_motion remo_normal_direction_cumulative_electric_energy
            remo_temperature remo_x_rate_limit_remaining""",
    }.items()
}
OF_EVERY_TARGET: Final = frozenset({"up"})
"""What Prometheus adds at each scrape."""
OF_PROMETHEUS: Final = frozenset({"ALERTS"})
"""What it makes itself, of rules."""


def unknown(expr: str, recorded: Iterable[str] = ()) -> list[str]:
    """What a PromQL expression asks for and no target has, in words; `recorded` are names of recording rules.

    Raises:
        ValueError: the expression is not understood.
    """
    free = OF_EVERY_TARGET | OF_PROMETHEUS | frozenset(recorded)
    return [problem for selector in selectors(expr) if selector.metric not in free for problem in _problems(selector)]


def _problems(selector: Selector) -> list[str]:
    jobs = [job for job in EXPORTED if _may_be(job, selector)]
    if not jobs:
        return [f"{selector.metric}: no target's job is {selector.matchers['job'][1]!r}"]
    without = [job for job in jobs if selector.metric not in EXPORTED[job]]
    if "job" in selector.matchers and without:
        return [f"{selector.metric}: not of {job}" for job in without]
    return [] if len(without) < len(jobs) else [f"{selector.metric}: no target has it"]


def _may_be(job: str, selector: Selector) -> bool:
    how, value = selector.matchers.get("job", ("=~", ".*"))
    equal = bool(re.fullmatch(value, job)) if "~" in how else value == job
    return equal != how.startswith("!")
