"""Checks of addresses in network policies against those that the cluster really has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.network_policies import inside
from doctor.snapshot import Snapshot
from policy.objects import label, namespace_of

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

API_SERVER_PORT: Final = 6443
"""Where an API server listens unless its endpoints say otherwise."""
DNS_PORT: Final = 53
HEADLESS: Final = "None"
"""In the place of the address of a Service that has none."""
ADVICE: Final = "set cluster.nodeAddresses to the addresses that `kubectl get nodes -o wide` shows, and run `pulumi up`"


def addresses_of_nodes(snapshot: Snapshot) -> frozenset[str]:
    """Where the nodes are."""
    return frozenset(
        item["address"]
        for node in snapshot.all("Node")
        for item in (node.get("status") or {}).get("addresses") or []
        if item["type"] in ("InternalIP", "ExternalIP")
    )


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
            nodes=addresses_of_nodes(snapshot),
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

    def is_of_api_server(self, rule: Mapping[str, Any]) -> bool:
        """Whether a rule is about a port of the API server; a node answers at others, too, such as that of SSH."""
        return any(port.get("port") in self.ports for port in rule.get("ports") or [])

    def concerns(self, rule: Mapping[str, Any], addresses: list[str]) -> bool:
        """Whether a rule is about the API server or the nodes: by its port, or by one of its addresses."""
        return self.is_of_api_server(rule) or bool({*addresses} & (self.nodes | self.api_servers))


@check("permit by address -> node or API server")
def node_addresses(context: Context) -> Iterator[Reference]:
    """Addresses by which policies permit nodes and the API server are theirs, and none of an API server is left out."""
    cluster = _Cluster.of(context.snapshot)
    services = _service_ranges(context.snapshot)
    if not cluster.nodes:
        return
    for policy, side, rule in _rules(context.snapshot):
        addresses = _single_addresses(rule.get(side) or [])
        if not addresses or not cluster.concerns(rule, addresses):
            continue
        for address in addresses:
            if _in_any(address, services):
                continue  # the check of Services says more of it
            known = address in cluster.nodes | cluster.api_servers
            problem = unless(known, "no node and no endpoint of the API server has this address", ADVICE)
            yield Reference(label(policy), address, *problem)
        if side == "to" and cluster.is_of_api_server(rule):
            # One that is no node's is reached in a way that node addresses say nothing about, as in a sandbox.
            for address in sorted(cluster.api_servers & cluster.nodes):
                if not _permits(rule[side], address):
                    fault = "an API server is there, and calls to it are not permitted"
                    yield Reference(label(policy), address, fault, ADVICE)


@check("permit by address -> none of a Service")
def service_addresses(context: Context) -> Iterator[Reference]:
    """No permit is by the address of a Service: when a policy is asked, that has become the address of a pod or node.

    A DNS cache on the nodes may take the DNS Service's own address, so that one may be permitted for look-ups.
    """
    services = _service_ranges(context.snapshot)
    for policy, side, rule in _rules(context.snapshot):
        if {port.get("port") for port in rule.get("ports") or []} == {DNS_PORT}:
            continue
        for peer in rule.get(side) or []:
            if "ipBlock" not in peer or not services:
                continue
            block = ip_network(peer["ipBlock"]["cidr"], strict=False)
            taken = next((each for each in services if _contains(each, block)), None)
            problem = unless(
                taken is None,
                f"it lies in {taken}, which Services have their addresses from, so it permits nothing",
                "permit the pods behind the Service by their labels; for the API server set cluster.apiServerAddresses "
                "to what `kubectl get endpointslices -n default` shows, and run `pulumi up`",
            )
            yield Reference(label(policy), str(block), *problem)


@check("permitted pod range -> pods")
def pod_ranges(context: Context) -> Iterator[Reference]:
    """Ranges by which policies permit pods, for example where an overlay network gives nodes addresses, have the pods.

    A range is taken for that of the pods if it is private and permitted to call beside nodes.
    """
    pods, nodes = list(_addressed_pods(context.snapshot)), _Cluster.of(context.snapshot).nodes
    for policy, side, rule in _rules(context.snapshot):
        peers = rule.get(side) or []
        ranges = _ranges(peers) if side == "from" and nodes & {*_single_addresses(peers)} else []
        for own in ranges if pods else ():
            families = [pod for pod in pods if pod[1].version == own.version]
            strangers = [pod for pod in families if not _permits(peers, str(pod[1]))]
            name, address = strangers[0] if strangers else ("", "")
            problem = unless(
                not strangers,
                f"{name} has the address {address}, which is not permitted",
                "set cluster.podCidr to the range that the cluster gives its pods, and run `pulumi up`",
            )
            yield Reference(label(policy), str(own), *problem)


def _addressed_pods(snapshot: Snapshot) -> Iterator[tuple[str, Address]]:
    """Pods of the pod network, with their addresses."""
    for pod in snapshot.all("Pod"):
        status = pod.get("status") or {}
        if status.get("phase") == "Running" and not pod["spec"].get("hostNetwork"):
            for item in status.get("podIPs") or [{"ip": status.get("podIP")}]:
                if item.get("ip"):
                    yield label(pod), ip_address(item["ip"])


def _service_ranges(snapshot: Snapshot) -> list[Network]:
    """Where Services have their addresses from: as the cluster says, or, if it is too old to, each that one has."""
    said = [cidr for item in snapshot.all("ServiceCIDR") for cidr in item["spec"].get("cidrs") or []]
    given = [
        address
        for service in snapshot.all("Service")
        for address in service["spec"].get("clusterIPs") or [service["spec"].get("clusterIP")]
        if address and address != HEADLESS
    ]
    return [ip_network(text) for text in said or given]


def _ranges(peers: list[Mapping[str, Any]]) -> list[Network]:
    """The private ranges among peers; single addresses and public ranges are somebody else's."""
    blocks = [ip_network(peer["ipBlock"]["cidr"], strict=False) for peer in peers if "ipBlock" in peer]
    return [block for block in blocks if block.num_addresses > 1 and block.is_private]


def _permits(peers: list[Mapping[str, Any]], address: str) -> bool:
    """Whether a block among peers has the address, and does not except it."""
    return any(inside(peer["ipBlock"], address) for peer in peers if "ipBlock" in peer)


def _in_any(address: str, ranges: list[Network]) -> bool:
    return any(_contains(each, ip_network(address)) for each in ranges)


def _contains(outer: Network, inner: Network) -> bool:
    """Whether all of a range is in another one; ranges of two families are apart."""
    same_family = outer.version == inner.version
    return same_family and inner.network_address in outer and inner.broadcast_address in outer


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
