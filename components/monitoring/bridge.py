"""The bridge: it carries chosen series of Prometheus into InfluxDB, for the long term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from components import versions
from components.kit import (
    Endpoint,
    Foundation,
    MetricsTarget,
    Mount,
    Namespace,
    Resources,
    SecretKey,
    Workload,
    WorkloadArgs,
    plain,
)
from components.kit.files import Files, FilesArgs
from components.monitoring.names import LONG_TERM, ORGANISATION

PORT: Final = 8080
"""Prometheus writes there."""
METRICS_PORT: Final = 9273
"""Its own metrics are there."""

WRITE, HEALTH = "/receive", "/health"
"""Paths of the same listener. What asks for the second sends nothing, and so writes nothing."""

CONFIGURATION: Final = "telegraf.conf"
TOKEN: Final = "INFLUX_TOKEN"  # noqa: S105 - a variable's name

BUFFER: Final = 100_000
"""Points that wait in memory while InfluxDB is away; the oldest go first when there are more.

A series has a point in five minutes, and two Prometheus write each, so 24 come in an hour: those of 4000 series fit, or
a day's of 170. A point with its labels takes about a kilobyte, all of them 100 MB: less than half of the pod's memory.
"""
MEMORY: Final = "256Mi"


@dataclass(frozen=True, kw_only=True)
class BridgeArgs:
    """Where to."""

    base: Foundation
    namespace: Namespace
    influxdb: Endpoint
    token: SecretKey
    """May write into InfluxDB's bucket for the long term."""


class Bridge(pulumi.ComponentResource):
    """Telegraf: it takes what Prometheus writes remotely, and hands it to InfluxDB in batches.

    Each series is a measurement of its name, with the field `value` and its labels as tags. While InfluxDB is away,
    points wait in memory; while the bridge is away, they wait at Prometheus, which sends again for two hours.
    """

    endpoint: Endpoint
    """Who writes has to be allowed to call it; it takes whatever is written."""
    path: str
    """HTTP path there."""

    def __init__(self, name: str, args: BridgeArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Bridge", name, plain(args), opts)
        inside = pulumi.ResourceOptions(parent=self)
        files = {CONFIGURATION: _configuration(args.influxdb)}
        configuration = Files(name, FilesArgs(namespace=args.namespace, files=files), opts=inside)
        workload = Workload(
            name,
            WorkloadArgs(
                namespace=args.namespace,
                image=args.base.site.image(versions.TELEGRAF),
                port=PORT,
                health_path=HEALTH,
                more_ports={"metrics": METRICS_PORT},
                environment={TOKEN: args.token},
                mounts=[
                    Mount(
                        name="configuration",
                        path=f"/etc/telegraf/{CONFIGURATION}",
                        claim=configuration,
                        read_only=True,
                        sub_path=CONFIGURATION,
                    )
                ],
                resources=Resources(cpu="20m", memory=MEMORY),
                connects_to={"influxdb": args.influxdb},
            ),
            opts=inside,
        )
        self.endpoint, self.path = workload.endpoint, WRITE
        args.base.contributions.metrics.add(MetricsTarget(name=name, pods=workload.pods, port="metrics"))
        self.register_outputs({})


def _configuration(influxdb: Endpoint) -> str:
    """Telegraf's; it puts the token in by itself, from its environment."""
    return f"""\
[agent]
  interval = "15s"
  flush_interval = "10s"
  metric_batch_size = 5000
  metric_buffer_limit = {BUFFER}
  omit_hostname = true

[[inputs.http_listener_v2]]
  service_address = "tcp://:{PORT}"
  paths = ["{WRITE}", "{HEALTH}"]
  methods = ["POST", "GET"]
  data_format = "prometheusremotewrite"
  prometheus_metric_version = 1

[[inputs.internal]]

[[outputs.influxdb_v2]]
  urls = ["{influxdb.url}"]
  organization = "{ORGANISATION}"
  bucket = "{LONG_TERM}"
  token = "${{{TOKEN}}}"
  timeout = "10s"
  namedrop = ["internal_*"]

[[outputs.prometheus_client]]
  listen = ":{METRICS_PORT}"
  metric_version = 2
  namepass = ["internal_*"]
"""
