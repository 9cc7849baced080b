from __future__ import annotations

from typing import Any

from tests.support.breaking import Break
from tests.support.healthy import Healthy, Object

PROMETHEUS = "Pod temporis/prometheus-temporis"


def spec(live: Healthy, kind: str, name: str, namespace: str) -> dict[str, Any]:
    found: dict[str, Any] = live.get(kind, name, namespace)["spec"]
    return found


def second_prometheus(live: Healthy) -> None:
    """One that takes a single monitor, which the first one has already."""
    marked = {"more": "true"}
    live.get("PodMonitor", "bridge", "temporis")["metadata"]["labels"].update(marked)
    twin: Object = {
        "kind": "Prometheus",
        "metadata": {"namespace": "temporis", "name": "twin"},
        "spec": {"podMonitorSelector": {"matchLabels": marked}},
    }
    live.objects.append(twin)


BREAKS = (
    Break(
        check="monitor -> Prometheus",
        subject="PodMonitor temporis/bridge",
        target="one Prometheus",
        problem="none takes it, so nothing of what it finds is collected",
        change=lambda live: live.get("PodMonitor", "bridge", "temporis")["metadata"].update(labels={}),
    ),
    Break(
        check="monitor -> Prometheus",
        subject="ServiceMonitor navidrome/navidrome",
        target="one Prometheus",
        problem="give it and its namespace the label homelab/monitored",
        change=lambda live: live.get("Namespace", "navidrome")["metadata"]["labels"].pop("homelab/monitored"),
    ),
    Break(
        check="monitor -> Prometheus",
        subject="PodMonitor temporis/bridge",
        target="one Prometheus",
        problem="Prometheus temporis/temporis and Prometheus temporis/twin take it",
        change=second_prometheus,
    ),
    Break(
        check="monitor -> port with metrics",
        subject="ServiceMonitor n8n/n8n",
        target="port gone of Services in n8n",
        problem="no Service with these labels has a port of that name",
        change=lambda live: spec(live, "ServiceMonitor", "n8n", "n8n")["endpoints"][0].update(port="gone"),
    ),
    Break(
        check="monitor -> port with metrics",
        subject="ServiceMonitor n8n/n8n",
        target="port http of Services in n8n",
        problem="no Service has the labels that it asks for",
        change=lambda live: spec(live, "ServiceMonitor", "n8n", "n8n").update(
            selector={"matchLabels": {"app": "gone"}}
        ),
    ),
    Break(
        check="monitor -> port with metrics",
        subject="PodMonitor access-tunnel/cloudflared",
        target="port 2001 of pods in access-tunnel",
        problem="no pod with these labels declares such a port",
        change=lambda live: spec(live, "PodMonitor", "cloudflared", "access-tunnel")["podMetricsEndpoints"][0].update(
            portNumber=2001
        ),
    ),
    Break(
        check="monitor -> port with metrics",
        subject="PodMonitor access-tunnel/cloudflared",
        target="port 2000 of pods in access-tunnel",
        problem="no pod has the labels that it asks for",
        change=lambda live: spec(live, "PodMonitor", "cloudflared", "access-tunnel").update(
            selector={"matchLabels": {"app": "gone"}}
        ),
    ),
    Break(
        check="monitor -> permitted by network policies",
        subject="PodMonitor access-tunnel/cloudflared",
        target=f"{PROMETHEUS} to Pod access-tunnel/access-tunnel:2000",
        problem="no ingress policy of access-tunnel permits it",
        change=lambda live: live.drop("NetworkPolicy", "metrics-access-tunnel-cloudflared-ingress", "access-tunnel"),
    ),
    Break(
        check="monitor -> permitted by network policies",
        subject="PodMonitor node-exporter/node-exporter",
        target=f"{PROMETHEUS} to 192.168.1.11:9100",
        problem="no egress policy of temporis permits it",
        change=lambda live: live.drop("NetworkPolicy", "metrics-node-exporter-node-exporter-egress", "temporis"),
    ),
    Break(
        check="pod with metrics -> monitor",
        subject="Pod temporis/bridge",
        target="a monitor of port 9273",
        problem="nobody collects its metrics",
        change=lambda live: live.drop("PodMonitor", "bridge", "temporis"),
    ),
)
