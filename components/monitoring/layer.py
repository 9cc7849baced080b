"""The layer of monitoring: flow 6, from whoever has metrics to whoever looks at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pulumi

from components.kit import (
    CatalogEntry,
    Endpoint,
    Foundation,
    OidcRegistration,
    Pods,
    SyncedSecret,
    plain,
)
from components.monitoring.alertmanager import Alertmanager, AlertmanagerArgs
from components.monitoring.bridge import Bridge, BridgeArgs
from components.monitoring.bucket import BlockStore, MetricsBucket, MetricsBucketArgs
from components.monitoring.cluster import cluster_targets
from components.monitoring.dashboards import HOME, dashboards
from components.monitoring.exporters import KubeStateMetrics, KubeStateMetricsArgs, NodeExporter, NodeExporterArgs
from components.monitoring.grafana import Grafana, GrafanaArgs
from components.monitoring.ground import MonitoringGround, unprotected_reason
from components.monitoring.influxdb import InfluxDb, InfluxDbArgs, InfluxDbService
from components.monitoring.monitors import Monitors, MonitorsArgs
from components.monitoring.operator import PrometheusOperator, PrometheusOperatorArgs
from components.monitoring.probes import Probes, ProbesArgs
from components.monitoring.prometheus import LABELS, Carried, Prometheus, PrometheusArgs
from components.monitoring.remo import RemoExporter, RemoExporterArgs
from components.monitoring.rules import Watched, specs
from components.monitoring.rules.longterm import PATTERN
from components.monitoring.ruling import Rules, RulesArgs
from components.monitoring.thanos import Thanos, ThanosArgs
from components.settings import Hosts, MonitoringSettings


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What the first layers hand on, and what the stack file says of monitoring."""

    base: Foundation
    ground: MonitoringGround
    settings: MonitoringSettings
    hosts: Hosts
    cluster: str
    """What the cluster is called in everything that leaves it."""
    attributes: bool
    """Whether the NFS server keeps extended attributes."""
    register: Callable[[OidcRegistration, pulumi.Resource], SyncedSecret]
    """Makes a relying party known to Authentik, below the given parent; the Secret with its credentials."""
    traefik: Endpoint
    """Where Traefik takes requests for every host."""


class Monitoring(pulumi.ComponentResource):
    """Prometheus with its exporters, Thanos, Alertmanager, InfluxDB and Grafana.

    Off, what holds its data is there and nothing else; nothing at all, once its data is removed.
    """

    def __init__(self, name: str, args: MonitoringArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:monitoring:Monitoring", name, plain(args), opts)
        self._args = args
        self._inside = pulumi.ResourceOptions(parent=self)
        if args.settings.data != "removed":
            influxdb, store = self._influxdb(), self._bucket()
            if influxdb and store:
                self._collect(influxdb, store)
        self.register_outputs({})

    def _influxdb(self) -> InfluxDbService | None:
        args = self._args
        return InfluxDb(
            "influxdb",
            InfluxDbArgs(
                base=args.base,
                namespace=args.ground.namespace,
                settings=args.settings.influxdb,
                host=args.hosts.influxdb,
                on=args.settings.enabled,
                unprotected_reason=unprotected_reason(args.settings),
            ),
            opts=self._inside,
        ).service

    def _bucket(self) -> BlockStore | None:
        args = self._args
        return MetricsBucket(
            "metrics",
            MetricsBucketArgs(
                base=args.base,
                namespace=args.ground.namespace,
                attributes=args.attributes,
                on=args.settings.enabled,
                unprotected_reason=unprotected_reason(args.settings),
            ),
            opts=self._inside,
        ).store

    def _collect(self, influxdb: InfluxDbService, store: BlockStore) -> None:
        """From the exporters to Prometheus, and on from there."""
        args, base, namespace, inside = self._args, self._args.base, self._args.ground.namespace, self._inside
        operator = PrometheusOperator(
            "prometheus-operator",
            PrometheusOperatorArgs(base=base, namespace=namespace, kinds_known=args.ground.kinds_known),
            opts=inside,
        ).ready
        NodeExporter("node-exporter", NodeExporterArgs(base=base), opts=inside)
        KubeStateMetrics("kube-state-metrics", KubeStateMetricsArgs(base=base, namespace=namespace), opts=inside)
        if args.settings.remo:
            remo = RemoExporterArgs(base=base, namespace=namespace, item=args.settings.remo.item)
            RemoExporter("remo-exporter", remo, opts=inside)
        base.contributions.metrics.add(*cluster_targets(base.site))
        alertmanager = Alertmanager(
            "alertmanager",
            AlertmanagerArgs(base=base, namespace=namespace, operator=operator, alerts=args.settings.alerts),
            opts=inside,
        ).endpoint
        bridge = Bridge(
            "bridge",
            BridgeArgs(
                base=base,
                namespace=namespace,
                influxdb=influxdb.endpoint,
                token=influxdb.long_term,
            ),
            opts=inside,
        )
        prometheus_args = PrometheusArgs(
            base=base,
            namespace=namespace,
            settings=args.settings.prometheus,
            operator=operator,
            cluster=args.cluster,
            url=f"https://{args.hosts.prometheus}",
            store=store,
            alertmanager=alertmanager,
            carried=Carried(endpoint=bridge.endpoint, path=bridge.path, metrics=PATTERN),
        )
        prometheus = Prometheus("prometheus", prometheus_args, opts=inside)
        thanos_args = ThanosArgs(
            base=base,
            namespace=namespace,
            settings=args.settings.thanos,
            store=store,
            sidecar=prometheus.sidecar,
            host=args.hosts.prometheus,
        )
        grafana_args = GrafanaArgs(
            base=base,
            namespace=namespace,
            host=args.hosts.grafana,
            register=args.register,
            thanos=Thanos("thanos", thanos_args, opts=inside).endpoint,
            alertmanager=alertmanager,
            influxdb=influxdb.endpoint,
            token=influxdb.reading,
            dashboards=dashboards(),
            home=HOME,
        )
        Grafana("grafana", grafana_args, opts=inside)

    def watch(self, catalog: Sequence[CatalogEntry]) -> None:
        """Collect from everything that was handed in, probe everything that people open, and say what is wrong."""
        args, settings = self._args, self._args.settings
        if not settings.enabled:
            return
        namespace, kinds_known = args.ground.namespace, args.ground.kinds_known
        probes = ProbesArgs(
            base=args.base, namespace=namespace, entries=catalog, traefik=args.traefik, kinds_known=kinds_known
        )
        probed = Probes("blackbox-exporter", probes, opts=self._inside).jobs
        targets = args.base.contributions.metrics.close()
        monitors = MonitorsArgs(
            targets=targets, prometheus=Pods(namespace=namespace, labels=LABELS), kinds_known=kinds_known
        )
        Monitors("metrics", monitors, opts=self._inside)
        jobs = sorted({target.name for target in targets} | probed)
        watched = Watched(
            jobs=jobs,
            too_hot=settings.remo.too_hot if settings.remo else None,
            runbooks=settings.runbooks or "",
        )
        rules_args = RulesArgs(namespace=namespace, rules=specs(watched), kinds_known=kinds_known)
        Rules("rules", rules_args, opts=self._inside)
