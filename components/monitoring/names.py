"""Names that several parts of monitoring have to agree on."""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "temporis"
PROMETHEUS: Final = "temporis"
"""Name of the Prometheus and of the Alertmanager, whose pods are `prometheus-temporis-0`, `alertmanager-temporis-0`."""
REPLICA_LABEL: Final = "prometheus_replica"
"""Label that each pod of Prometheus adds to what leaves it, and by which Thanos tells what two of them say twice."""

THANOS_SOURCE: Final = "thanos"
INFLUXDB_SOURCE: Final = "influxdb"
ALERTMANAGER_SOURCE: Final = "alertmanager"
"""Uids of Grafana's datasources, which dashboards name."""

ORGANISATION: Final = "homelab"
"""InfluxDB's only organisation."""
LONG_TERM: Final = "prometheus"
"""InfluxDB's bucket of chosen series of Prometheus, downsampled."""
PROXMOX: Final = "proxmox"
"""InfluxDB's bucket of what Proxmox sends."""
