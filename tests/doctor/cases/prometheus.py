from __future__ import annotations

from typing import Any

from tests.support.breaking import Break, file
from tests.support.healthy import Healthy

PROMETHEUS, BRIDGE = "Prometheus temporis/temporis", "Deployment temporis/bridge"


def spec(live: Healthy) -> dict[str, Any]:
    found: dict[str, Any] = live.get("Prometheus", "temporis", "temporis")["spec"]
    return found


def configure(live: Healthy, old: str, new: str) -> None:
    """Change what the bridge is told."""
    data = file(live, "telegraf.conf", "temporis")
    data["telegraf.conf"] = data["telegraf.conf"].replace(old, new)


BREAKS = (
    Break(
        check="Prometheus -> Alertmanager",
        subject=PROMETHEUS,
        target="Service temporis/gone:web",
        problem="there is no such Service, so nobody is told of any alert",
        change=lambda live: spec(live)["alerting"]["alertmanagers"][0].update(name="gone"),
    ),
    Break(
        check="Prometheus -> Alertmanager",
        subject=PROMETHEUS,
        target="Service temporis/alertmanager-operated:gone",
        problem="the Service has no such port: it has web, tcp-mesh, udp-mesh",
        change=lambda live: spec(live)["alerting"]["alertmanagers"][0].update(port="gone"),
    ),
    Break(
        check="Prometheus -> remote write",
        subject=PROMETHEUS,
        target="Service temporis/bridge:8081",
        problem="the Service has no such port",
        change=lambda live: spec(live)["remoteWrite"][0].update(url="http://bridge.temporis.svc:8081/receive"),
    ),
    Break(
        check="Prometheus -> remote write",
        subject=PROMETHEUS,
        target="Pod temporis/prometheus-temporis to Pod temporis/bridge:8080",
        problem="no ingress policy of temporis permits it",
        change=lambda live: live.drop("NetworkPolicy", "prometheus-to-bridge-ingress", "temporis"),
    ),
    Break(
        check="Prometheus -> disk of a node",
        subject=PROMETHEUS,
        target="StorageClass local-path-retain",
        problem="its volumes are on NFS, by nfs.csi.k8s.io",
        change=lambda live: live.get("StorageClass", "local-path-retain").update(provisioner="nfs.csi.k8s.io"),
    ),
    Break(
        check="Prometheus -> key of the bucket's Secret",
        subject=PROMETHEUS,
        target="Secret temporis/secret-metrics-configuration key gone",
        problem="no such key: it has bucket.yaml, so nothing gets into the bucket",
        change=lambda live: spec(live)["thanos"]["objectStorageConfig"].update(key="gone"),
    ),
    Break(
        check="bridge -> InfluxDB",
        subject=BRIDGE,
        target="Service temporis/gone:8086",
        problem="there is no such Service, so nothing is kept for the long term",
        change=lambda live: configure(live, "http://influxdb.", "http://gone."),
    ),
    Break(
        check="bridge -> InfluxDB",
        subject=BRIDGE,
        target="/etc/telegraf/telegraf.conf",
        problem="it cannot be read",
        change=lambda live: configure(live, "[agent]", "[agent"),
    ),
    Break(
        check="bridge -> InfluxDB",
        subject=BRIDGE,
        target="Pod temporis/bridge to Pod temporis/influxdb:8086",
        problem="no ingress policy of temporis permits it",
        change=lambda live: live.drop("NetworkPolicy", "bridge-to-influxdb-ingress", "temporis"),
    ),
)
