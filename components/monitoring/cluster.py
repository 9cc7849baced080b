"""What the cluster itself has metrics of: these parts are there before the program, and none of them is its own."""

from __future__ import annotations

from typing import Final

from components.kit import Addresses, Https, MetricsTarget, OpenPods, Site

SYSTEM: Final = "kube-system"

KUBELET_PORT: Final = 10250
KUBELET_SERVICE: Final = {"k8s-app": "kubelet"}
"""Labels of the Service that the Prometheus operator makes in `kube-system`: it leads to the kubelet of each node."""
KUBELET_HTTPS: Final = Https(
    token=True,
    unverified_reason=(
        "a kubelet signs its certificate itself, unless a cluster was told to have them signed and somebody approves "
        "each of them; it is called at the addresses of the nodes only"
    ),
)

COREDNS_PORT: Final = 9153


def cluster_targets(site: Site) -> tuple[MetricsTarget, ...]:
    """The API server, every kubelet with what cAdvisor in it knows of containers, and the cluster's DNS."""
    kubelets = OpenPods(namespace=SYSTEM)
    nodes = Addresses(cidrs=site.machines, ports=[KUBELET_PORT])
    return (
        MetricsTarget(
            name="apiserver",
            pods=OpenPods(namespace="default"),
            port="https",
            service={"component": "apiserver", "provider": "kubernetes"},
            service_port="https",
            at=site.api_server,
            https=Https(token=True, server_name="kubernetes"),
        ),
        *(
            MetricsTarget(
                name=name,
                pods=kubelets,
                port=KUBELET_PORT,
                service=KUBELET_SERVICE,
                service_port="https-metrics",
                at=nodes,
                path=path,
                https=KUBELET_HTTPS,
                # Of claims, and of containers.
                honor_labels=True,
            )
            for name, path in {"kubelet": "/metrics", "cadvisor": "/metrics/cadvisor"}.items()
        ),
        MetricsTarget(
            name="coredns",
            pods=OpenPods(namespace=SYSTEM, labels={"k8s-app": "kube-dns"}),
            port=COREDNS_PORT,
        ),
    )
