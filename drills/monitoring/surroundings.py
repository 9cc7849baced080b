"""What every cluster has and a sandbox has not: endpoints of its API server, a DNS, and nights in which jobs ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from sandbox import kube

MANAGER: Final = "drill"
MOMENT: Final = "%Y-%m-%dT%H:%M:%SZ"
ADDRESS: Final = "192.0.2.6"
"""Where pods find the API server; an address for documentation, which the drill's proxy leads to the sandbox's."""


def complete_cluster(cluster: kube.Client) -> None:
    """Bring all of it."""
    for obj in (ENDPOINTS, DNS):
        cluster.apply(obj, MANAGER, force=True)
    done = datetime.now(UTC)
    begun = done - timedelta(minutes=1)
    times = {"lastScheduleTime": begun.strftime(MOMENT), "lastSuccessfulTime": done.strftime(MOMENT)}
    for job in cluster.list("batch/v1", "CronJob"):
        meta = {key: job["metadata"][key] for key in ("name", "namespace")}
        status = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta, "status": times}
        cluster.apply(status, MANAGER, force=True, status=True)


ENDPOINTS: Final[kube.Object] = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {
        "name": "kubernetes",
        "namespace": "default",
        "labels": {"kubernetes.io/service-name": "kubernetes"},
    },
    "addressType": "IPv4",
    "endpoints": [{"addresses": [ADDRESS], "conditions": {"ready": True}}],
    "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}],
}
DNS: Final[kube.Object] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {
        "name": "coredns",
        "namespace": "kube-system",
        "labels": {"k8s-app": "kube-dns"},
        "annotations": {"sandbox.homelab/references": "resolved"},
    },
    "spec": {
        "containers": [
            {
                "name": "coredns",
                "image": "coredns",
                "ports": [
                    {"name": "dns", "containerPort": 53, "protocol": "UDP"},
                    {"name": "metrics", "containerPort": 9153, "protocol": "TCP"},
                ],
            }
        ]
    },
}
