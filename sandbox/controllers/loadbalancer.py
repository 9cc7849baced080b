"""A load balancer: Services of type LoadBalancer get the nodes' addresses, as k3s's does it.

Nothing listens at these addresses. Not covered: load-balancer classes other than the default, requested addresses, port
conflicts between Services, and `externalTrafficPolicy`.
"""

from __future__ import annotations

from typing import Any, Final

from sandbox import kube
from sandbox.controllers.controller import Controller
from sandbox.controllers.objects import split

SERVICE: Final = ("v1", "Service")
NODE: Final = ("v1", "Node")
MANAGER: Final = "sandbox-load-balancer"


class LoadBalancer(Controller):
    """Reconciles Services, by `namespace/name`."""

    name = "load-balancer"

    def setup(self) -> None:
        """Look at Services and nodes."""
        self.hub.on(*SERVICE, lambda _event, service: self.queue.add(kube.name_of(service)))
        self.hub.on(*NODE)

    def reconcile(self, key: str) -> float | None:
        """Give a Service that waits for an address those of the nodes."""
        namespace, name = split(key)
        service = self.hub.get(*SERVICE, name, namespace)
        if service is None or service["spec"].get("type") != "LoadBalancer":
            return None
        if service["spec"].get("loadBalancerClass") or service.get("status", {}).get("loadBalancer", {}).get("ingress"):
            return None
        addresses = [address for node in self.hub.list(*NODE) if (address := _address(node))]
        if not addresses:
            return 1.0
        ingress: list[dict[str, Any]] = [{"ip": address} for address in addresses]
        status = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "status": {"loadBalancer": {"ingress": ingress}},
        }
        self.client.apply(status, MANAGER, force=True, status=True)
        self.say(key, f"reached at {', '.join(addresses)}")
        return None


def _address(node: kube.Object) -> str | None:
    """A node's internal address."""
    for address in node.get("status", {}).get("addresses", []):
        if address["type"] == "InternalIP":
            return str(address["address"])
    return None
