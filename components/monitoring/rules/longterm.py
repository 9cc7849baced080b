"""What is kept for ever: few series, one value in five minutes, which the bridge carries to InfluxDB."""

from __future__ import annotations

from typing import Final

from components.monitoring.rules.model import Record, RuleGroup, Watched
from components.monitoring.rules.nodes import DISKS

PREFIX: Final = "longterm:"
PATTERN: Final = f"{PREFIX}.+"
"""Regular expression of the names of series that the bridge carries, of the whole name."""
INTERVAL: Final = "5m"
"""Between two values; ranges are as long, so that every sample counts once."""

OF_NODES: Final = (
    Record(
        name="longterm:node_cpu_used:ratio",
        expr=f'1 - avg by (instance) (rate(node_cpu_seconds_total{{mode="idle"}}[{INTERVAL}]))',
    ),
    Record(
        name="longterm:node_memory_used:ratio",
        expr="1 - sum by (instance) (node_memory_MemAvailable_bytes) / sum by (instance) (node_memory_MemTotal_bytes)",
    ),
    Record(
        name="longterm:node_disk_used:ratio",
        expr=f"1 - sum by (instance, mountpoint) (node_filesystem_avail_bytes{{{DISKS}}})"
        f" / sum by (instance, mountpoint) (node_filesystem_size_bytes{{{DISKS}}})",
    ),
    Record(
        name="longterm:node_network_received:bytes_per_second",
        expr=f'sum by (instance) (rate(node_network_receive_bytes_total{{device!="lo"}}[{INTERVAL}]))',
    ),
    Record(
        name="longterm:node_network_sent:bytes_per_second",
        expr=f'sum by (instance) (rate(node_network_transmit_bytes_total{{device!="lo"}}[{INTERVAL}]))',
    ),
)
OF_NAMESPACES: Final = (
    Record(
        name="longterm:namespace_cpu_used:cores",
        expr=f'sum by (namespace) (rate(container_cpu_usage_seconds_total{{container!=""}}[{INTERVAL}]))',
    ),
    Record(
        name="longterm:namespace_memory_used:bytes",
        expr='sum by (namespace) (container_memory_working_set_bytes{container!=""})',
    ),
)
OF_SERVICES: Final = (
    Record(
        name="longterm:service_requests:per_second",
        expr=f"sum by (service) (rate(traefik_service_requests_total[{INTERVAL}]))",
    ),
    Record(
        name="longterm:service_latency_p95:seconds",
        expr="histogram_quantile(0.95, sum by (service, le)"
        f" (rate(traefik_service_request_duration_seconds_bucket[{INTERVAL}])))",
    ),
    Record(
        name="longterm:service_available:ratio",
        expr=f"avg by (service, instance) (avg_over_time(probe_success[{INTERVAL}]))",
    ),
)
OF_ROOMS: Final = (
    Record(
        name="longterm:room_temperature:celsius", expr=f"avg by (name) (avg_over_time(remo_temperature[{INTERVAL}]))"
    ),
    Record(name="longterm:room_humidity:percent", expr=f"avg by (name) (avg_over_time(remo_humidity[{INTERVAL}]))"),
    Record(name="longterm:room_illuminance:raw", expr=f"avg by (name) (avg_over_time(remo_illumination[{INTERVAL}]))"),
    Record(
        name="longterm:home_power:watts",
        expr=f"avg by (name) (avg_over_time(remo_measured_instantaneous_energy_watt[{INTERVAL}]))",
    ),
    Record(
        name="longterm:home_energy_drawn:kilowatt_hours",
        # What the meter counts, in its own unit, for its own transformer.
        expr="max by (name) (remo_normal_direction_cumulative_electric_energy * remo_coefficient"
        " * remo_cumulative_electric_energy_unit_kilowatt_hour)",
    ),
)


def group(watched: Watched) -> RuleGroup:
    """Everything that is kept for ever; rooms only, where there are sensors."""
    rooms = () if watched.too_hot is None else OF_ROOMS
    return RuleGroup(name="longterm", interval=INTERVAL, rules=(*OF_NODES, *OF_NAMESPACES, *OF_SERVICES, *rooms))
