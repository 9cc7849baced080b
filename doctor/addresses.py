"""Checks of addresses in network policies against those that the cluster really has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from doctor import kube
from doctor.check import Context, Reference, check
from doctor.snapshot import Snapshot
from policy.objects import label, namespace_of

API_SERVER_PORT: Final = 6443
"""Where an API server listens unless its endpoints say otherwise."""
ADVICE: Final = "set cluster.nodeAddresses to the addresses that `kubectl get nodes -o wide` shows, and run `pulumi up`"


@dataclass(frozen=True, kw_only=True)
class _Cluster:
    """Where nodes and API servers are."""

    nodes: frozenset[str]
    api_servers: frozenset[str]
    ports: frozenset[int]

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Cluster:
        slices = [
            piece
            for piece in snapshot.all("EndpointSlice")
            if namespace_of(piece) == "default"
            and (piece["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == "kubernetes"
        ]
        return cls(
            nodes=frozenset(
                item["address"]
                for node in snapshot.all("Node")
                for item in (node.get("status") or {}).get("addresses") or []
                if item["type"] in ("InternalIP", "ExternalIP")
            ),
            api_servers=frozenset(
                address
                for piece in slices
                for endpoint in piece.get("endpoints") or []
                for address in endpoint.get("addresses") or []
            ),
            ports=frozenset(
                {API_SERVER_PORT, *(port["port"] for piece in slices for port in piece.get("ports") or [])}
            ),
        )

    def concerns(self, rule: Mapping[str, Any], addresses: list[str]) -> bool:
        """Whether a rule is about the API server or the nodes: by its port, or by one of its addresses."""
        by_port = any(port.get("port") in self.ports for port in rule.get("ports") or [])
        return by_port or bool({*addresses} & (self.nodes | self.api_servers))


@check("permit by address -> node or API server")
def node_addresses(context: Context) -> Iterator[Reference]:
    """Addresses by which policies permit nodes and the API server are theirs, and none of an API server is left out."""
    cluster = _Cluster.of(context.snapshot)
    if not cluster.nodes:
        return
    for policy, side, rule in _rules(context.snapshot):
        addresses = _single_addresses(rule.get(side) or [])
        if not addresses or not cluster.concerns(rule, addresses):
            continue
        for address in addresses:
            known = address in cluster.nodes | cluster.api_servers
            problem = "" if known else f"no node and no endpoint of the API server has this address: {ADVICE}"
            yield Reference(label(policy), address, problem)
        if side == "to":
            # One that is no node's is reached in a way that node addresses say nothing about, as in a sandbox.
            for address in sorted((cluster.api_servers & cluster.nodes) - {*addresses}):
                yield Reference(
                    label(policy), address, f"an API server is there, and calls to it are not permitted: {ADVICE}"
                )


def _rules(snapshot: Snapshot) -> Iterator[tuple[kube.Object, str, Mapping[str, Any]]]:
    """Every rule of every policy, with the key of its peers."""
    for policy in snapshot.all("NetworkPolicy"):
        for key, side in (("egress", "to"), ("ingress", "from")):
            for rule in policy["spec"].get(key) or []:
                yield policy, side, rule


def _single_addresses(peers: list[Mapping[str, Any]]) -> list[str]:
    """The addresses that are permitted each by itself: a node's are; ranges are something else's."""
    blocks = [ip_network(peer["ipBlock"]["cidr"], strict=False) for peer in peers if "ipBlock" in peer]
    return [str(block.network_address) for block in blocks if block.num_addresses == 1]
