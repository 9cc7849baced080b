"""Flow 6: metrics from where they are made to where people look at them, and who is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from components.summaries import TargetSummary
from components.vocabulary import MONITORED
from doctor import kube
from pages.actors import tag_of
from pages.errors import PagesError
from pages.markdown import code, table
from pages.mermaid import Diagram
from pages.platform import Platform
from policy.objects import labels_of, name_of, namespace_of, spec_of

MONITORS: Final = ("ServiceMonitor", "PodMonitor")


def interval(platform: Platform, target: TargetSummary) -> str:
    """Seconds between two scrapes: the outputs and the live monitor say so."""
    for kind in MONITORS:
        for monitor in platform.all(kind):
            if _collects(monitor, target):
                said = _endpoints(monitor)[0].get("interval")
                return platform.same(f"interval of {target.name}", f"{target.interval}s", said)
    message = f"monitor {target.namespace}/{target.name}: looked for it, and the cluster has none"
    raise PagesError(message)


def _collects(monitor: kube.Object, target: TargetSummary) -> bool:
    places = (spec_of(monitor).get("namespaceSelector") or {}).get("matchNames") or [namespace_of(monitor)]
    own = labels_of(monitor).get(MONITORED) == "true"  # charts bring others, which nobody looks at
    return own and monitor["metadata"]["name"] == target.name and target.namespace in places


def _endpoints(monitor: kube.Object) -> list[dict[str, Any]]:
    spec = spec_of(monitor)
    return list(spec.get("endpoints") or spec.get("podMetricsEndpoints") or [{}])


def only(platform: Platform, kind: str) -> kube.Object:
    """The one object of a kind.

    Raises:
        PagesError: there is none.
    """
    found = platform.all(kind)
    if not found:
        message = f"{kind}: looked for one, and the cluster has none"
        raise PagesError(message)
    return found[0]


def flow(platform: Platform) -> str:
    """The section; off, it says so."""
    if not platform.summary.dashboards:
        return "## 6. Metrics\n\nMonitoring is off: `homelab:monitoring` says so."
    diagram = Diagram()
    prometheus = only(platform, "Prometheus")
    spec = spec_of(prometheus)
    kept = platform.same("Prometheus's retention", platform.figure("prometheus-retention"), spec["retention"])
    version = tag_of(spec["image"])
    diagram.node(
        "prometheus", f"Prometheus {name_of(prometheus)}", version, f"{spec['replicas']} pods, {kept}", shape="box"
    )
    rows = []
    by_interval: dict[tuple[str, str], list[str]] = {}
    for target in sorted(platform.summary.targets, key=lambda item: (item.namespace, item.name)):
        every = interval(platform, target)
        by_interval.setdefault((target.namespace, every), []).append(target.name)
        rows.append([code(target.name), code(target.namespace), every])
    for (namespace, every), names in by_interval.items():
        key = diagram.node(f"{namespace} {every}", namespace, *names, group="exporters")
        diagram.edge(key, "prometheus", f"every {every}")
    for source, drain, *label in _onward(platform, diagram, prometheus):
        diagram.edge(source, drain, *label)
    return "\n\n".join(["## 6. Metrics", str(diagram), table(["job", "namespace", "every"], rows)])


def _onward(platform: Platform, diagram: Diagram, prometheus: kube.Object) -> Iterator[tuple[str, ...]]:
    """From Prometheus on: what it writes, who reads, who is told."""
    spec = spec_of(prometheus)
    sidecar = spec["thanos"]
    diagram.node("sidecar", "Thanos sidecar", tag_of(sidecar["image"]))
    yield "prometheus", "sidecar"
    for part in ("store", "compact", "query"):
        actor = platform.actor(f"thanos-{part}", namespace_of(prometheus))
        diagram.node(part, f"Thanos {part}", actor.place, actor.version)
    bucket = next(item for item in platform.summary.volumes if item.holds == "blocks of metrics")
    gateway = next(item for item in platform.actors if bucket.claim in item.claims())
    diagram.node("bucket", f"bucket {gateway.place}", bucket.folder, shape="store")
    yield "sidecar", "bucket", "blocks"
    yield "bucket", "store"
    thanos = [platform.figure(f"thanos-{what}") for what in ("raw", "five-minutes", "hours")]
    yield "compact", "bucket", f"raw {thanos[0]}, 5 min {thanos[1]}, 1 h {thanos[2]}"
    yield "sidecar", "query"
    yield "store", "query"
    yield from _told(platform, diagram, spec)


def _told(platform: Platform, diagram: Diagram, spec: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for write in spec.get("remoteWrite") or []:
        for bridge in platform.answering(write["url"]):
            diagram.node(bridge.place, f"bridge {bridge.place}", bridge.version)
            yield "prometheus", bridge.place, "chosen series"
            influx = platform.running("influxdb")
            data = next(item for item in platform.summary.volumes if item.claim == "influxdb-data")
            diagram.node("influxdb", f"InfluxDB {influx.place}", influx.version, data.size, shape="store")
            yield bridge.place, "influxdb"
    alertmanager = only(platform, "Alertmanager")
    diagram.node(
        "alertmanager", f"Alertmanager {name_of(alertmanager)}", tag_of(spec_of(alertmanager)["image"]), shape="box"
    )
    yield "prometheus", "alertmanager", "alerts"
    grafana = platform.running("grafana/grafana")
    diagram.node("grafana", f"Grafana {grafana.place}", grafana.version)
    for source in ("query", "influxdb", "alertmanager"):
        yield source, "grafana"
    diagram.node("people", "people", shape="person")
    for item in platform.summary.dashboards:
        yield "grafana", "people", item.title
