"""The Service that leads to the kubelet of each node, and the EndpointSlices with the nodes' addresses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Final

from sandbox import kube
from sandbox.controllers.objects import owner_of
from sandbox.controllers.prometheus_operator import names
from sandbox.rollouts import condition

LABELS: Final = {
    "app.kubernetes.io/managed-by": names.OPERATOR,
    "app.kubernetes.io/name": "kubelet",
    "k8s-app": "kubelet",
}
PORTS: Final = {"https-metrics": 10250, "http-metrics": 10255, "cadvisor": 4194}
FAMILIES: Final = {4: "IPv4", 6: "IPv6"}
KINDS_OF_ADDRESS: Final = ("InternalIP", "ExternalIP")
"""The first that a node has is taken."""


def service(namespace: str, name: str) -> kube.Object:
    """The Service: without an address of its own, and without pods."""
    return {
        "apiVersion": names.SERVICE[0],
        "kind": names.SERVICE[1],
        "metadata": {"name": name, "namespace": namespace, "labels": LABELS},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": "None",
            "ports": [{"name": port, "port": number} for port, number in PORTS.items()],
        },
    }


def slices(owner: kube.Object, nodes: Iterable[kube.Object]) -> Iterator[kube.Object]:
    """The slices of a Service: one for each family of addresses, without endpoints if no node has such an address."""
    known = dict(_addressed(nodes))
    name, namespace = owner["metadata"]["name"], owner["metadata"]["namespace"]
    own = {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": names.OPERATOR}
    for version, family in FAMILIES.items():
        yield {
            "apiVersion": names.ENDPOINT_SLICE[0],
            "kind": names.ENDPOINT_SLICE[1],
            "metadata": {
                "name": f"{name}-{family.lower()}",
                "namespace": namespace,
                "labels": {**LABELS, **own},
                "ownerReferences": [owner_of(owner, controller=True, blockOwnerDeletion=True)],
            },
            "addressType": family,
            "ports": [{"name": port, "port": number, "protocol": "TCP"} for port, number in PORTS.items()],
            "endpoints": [
                _endpoint(address, node) for address, node in known.items() if ip_address(address).version == version
            ],
        }


def _addressed(nodes: Iterable[kube.Object]) -> Iterator[tuple[str, kube.Object]]:
    """Addresses of nodes, by name; if two have the same one, that of which something is heard comes last."""
    by_name = sorted(nodes, key=lambda node: str(node["metadata"]["name"]))
    for node in sorted(by_name, key=_is_heard_of):
        if address := _address(node):
            yield address, node


def _address(node: kube.Object) -> str:
    found = (node.get("status") or {}).get("addresses") or []
    return next((item["address"] for kind in KINDS_OF_ADDRESS for item in found if item["type"] == kind), "")


def _is_heard_of(node: kube.Object) -> bool:
    return str(condition(node, "Ready").get("status", "Unknown")) != "Unknown"


def _endpoint(address: str, node: Mapping[str, Any]) -> dict[str, Any]:
    meta = node["metadata"]
    return {
        "addresses": [address],
        "conditions": {"ready": True},
        "nodeName": meta["name"],
        "targetRef": {"kind": "Node", "name": meta["name"], "uid": meta["uid"]},
    }
