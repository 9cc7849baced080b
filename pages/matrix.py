"""Who may call whom, as the network policies of the cluster have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Final

from doctor.addresses import addresses_of_nodes
from doctor.network_policies import Port, permitted, selecting
from doctor.snapshot import Snapshot
from pages.actors import Actor, actors
from policy.objects import containers_of

DNS_PORT: Final = 53
"""Everybody may look up names: that would be a column full of them."""
API_SERVER_PORT: Final = 6443
OUTSIDE: Final = "outside"
"""In the place of a namespace, for what is not in the pod network."""
INTERNET, NODES, API_SERVER = "internet", "nodes", "API server"


@dataclass(frozen=True, kw_only=True, order=True)
class Party:
    """Somebody who calls or is called."""

    namespace: str
    """`OUTSIDE` for what is no pod."""
    name: str


@dataclass(frozen=True, kw_only=True)
class Matrix:
    """The permitted calls: ports by who calls and who is called."""

    calls: Mapping[tuple[Party, Party], Sequence[str]]

    @property
    def callers(self) -> list[Party]:
        """Everybody who may call somebody: those outside come last."""
        return _ordered(caller for caller, _ in self.calls)

    @property
    def callees(self) -> list[Party]:
        """Everybody whom somebody may call."""
        return _ordered(callee for _, callee in self.calls)


def _ordered(parties: Iterable[Party]) -> list[Party]:
    return sorted(set(parties), key=lambda party: (party.namespace == OUTSIDE, party))


def matrix(snapshot: Snapshot) -> Matrix:
    """Every permitted call but the look-ups of names; several pages ask for them."""
    made: Matrix = snapshot.once("pages: matrix", lambda: _of(snapshot))
    return made


def _of(snapshot: Snapshot) -> Matrix:
    found: dict[tuple[Party, Party], set[tuple[int, str]]] = {}
    everybody = [actor for actor in actors(snapshot) if not actor.spec.get("hostNetwork")]
    for callee in everybody:
        for port in _ports(snapshot, callee):
            for caller in everybody:
                if caller is not callee and not permitted(snapshot, caller.group, callee.group, port):
                    found.setdefault((party(caller), party(callee)), set()).add((port.number, port.protocol))
    for pair, ports in _outside(snapshot, everybody):
        found.setdefault(pair, set()).update(ports)
    calls = {pair: [_said(port) for port in sorted(ports)] for pair, ports in sorted(found.items())}
    return Matrix(calls=calls)


def party(actor: Actor) -> Party:
    """A workload in the matrix."""
    return Party(namespace=actor.namespace, name=actor.name)


def _said(port: tuple[int, str]) -> str:
    number, protocol = port
    return str(number) if protocol == "TCP" else f"{number}/{protocol.lower()}"


def _ports(snapshot: Snapshot, callee: Actor) -> list[Port]:
    """Ports at which policies let anybody in; all that a workload declares, where none restricts it."""
    declared = {
        item.get("name", ""): item["containerPort"]
        for container in containers_of(callee.spec)
        for item in container.get("ports") or []
    }
    policies = list(selecting(snapshot, callee.group, "Ingress"))
    if not policies:
        return [Port(number=number, name=name) for name, number in declared.items()]
    found: dict[tuple[int, str], Port] = {}
    for policy in policies:
        for rule in policy["spec"].get("ingress") or []:
            for item in rule.get("ports") or [{"port": number} for number in declared.values()]:
                number = declared.get(item["port"], 0) if isinstance(item["port"], str) else item["port"]
                name = next((name for name, each in declared.items() if each == number), "")
                protocol = item.get("protocol", "TCP")
                found[number, protocol] = Port(number=number, name=name, protocol=protocol)
    return [found[key] for key in sorted(found) if key[0] not in (0, DNS_PORT)]


def _outside(
    snapshot: Snapshot, everybody: Iterable[Actor]
) -> Iterator[tuple[tuple[Party, Party], set[tuple[int, str]]]]:
    """Calls from and to what is known by its address only."""
    nodes = addresses_of_nodes(snapshot)
    for actor in everybody:
        for direction, key, side in (("Egress", "egress", "to"), ("Ingress", "ingress", "from")):
            for policy in selecting(snapshot, actor.group, direction):
                for rule in policy["spec"].get(key) or []:
                    ports = {(item["port"], item.get("protocol", "TCP")) for item in rule.get("ports") or []}
                    ports = {port for port in ports if port[0] != DNS_PORT}
                    blocks = [peer["ipBlock"]["cidr"] for peer in rule.get(side) or [] if "ipBlock" in peer]
                    if not blocks or not ports:
                        continue
                    other = Party(namespace=OUTSIDE, name=_name(blocks, nodes, ports))
                    pair = (party(actor), other) if direction == "Egress" else (other, party(actor))
                    yield pair, ports


def _name(blocks: Sequence[str], nodes: frozenset[str], ports: Iterable[tuple[Any, str]]) -> str:
    """What blocks of addresses stand for: the internet, the nodes, or themselves."""
    networks = [ip_network(block, strict=False) for block in blocks]
    if any(network.prefixlen == 0 for network in networks):
        return INTERNET
    single = {str(network.network_address) for network in networks if network.num_addresses == 1}
    if nodes and nodes <= single:
        return API_SERVER if {number for number, _ in ports} == {API_SERVER_PORT} else NODES
    return ", ".join(blocks) if len(blocks) <= 2 else f"{len(blocks)} ranges of addresses"
