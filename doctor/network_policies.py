"""Evaluates NetworkPolicies as a network plugin would: may these pods call those, at that port?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any, Final

from doctor import kube
from doctor.check import Problem, unless
from doctor.snapshot import Snapshot
from policy.objects import namespace_of

Rule = Mapping[str, Any]

NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""Label by which the API server gives every namespace its name."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Some pods: a namespace and the labels that they have. Or, with an address, a machine outside the cluster.

    Pods are known by their labels only, never by address: a block of addresses is for what lies outside. Some network
    plugins take pods in a block for permitted, others do not, so no permit is to depend on it.
    """

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = ""
    pod_address: str = field(default="", compare=False)
    """Of one of the pods, to say what a permit by address would have meant."""


@dataclass(frozen=True, kw_only=True)
class Port:
    """Where a call goes: the pods' port, its name if it has one, and the protocol."""

    number: int
    name: str = ""
    protocol: str = "TCP"


def group_of(pod: Mapping[str, Any]) -> Group:
    """A pod as policies see it."""
    return Group(
        namespace=namespace_of(pod),
        labels=pod["metadata"].get("labels") or {},
        pod_address=(pod.get("status") or {}).get("podIP", ""),
    )


def permitted(snapshot: Snapshot, source: Group, target: Group, port: Port) -> str:
    """What forbids a call; empty if nothing does.

    A pod that no policy selects for a direction may do anything in that direction.
    """
    for direction, own, peer in (("Egress", source, target), ("Ingress", target, source)):
        rules = _rules(snapshot, own, direction)
        if rules and not any(
            _port_matches(entry.rule, port) and _selects(snapshot, entry.policy, entry.peer, peer)
            for entry in rules.about(peer)
        ):
            by_address = peer.pod_address and any(
                _port_matches(entry.rule, port)
                and "ipBlock" in entry.peer
                and inside(entry.peer["ipBlock"], peer.pod_address)
                for entry in rules.about(peer)
            )
            but = f" but as {peer.pod_address}, which many network plugins do not count for pods" if by_address else ""
            return f"no {direction.lower()} policy of {own.namespace} permits it{but}"
    return ""


def forbidden(snapshot: Snapshot, caller: kube.Object, pod: kube.Object, port: Port) -> Problem:
    """The problem that there is if one pod may not call another one, although it has to."""
    reason = permitted(snapshot, group_of(caller), group_of(pod), port)
    return unless(not reason, reason, "allow the call with AllowTraffic")


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """One peer of one rule; an empty peer stands for anybody."""

    policy: kube.Object
    rule: Rule
    peer: Rule


@dataclass(frozen=True, kw_only=True)
class _Rules:
    """The rules for some pods in one direction.

    Those that name a namespace are found by its name, for something that talks to every application, like Traefik,
    has as many rules as there are applications.
    """

    by_namespace: dict[str, list[_Entry]] = field(default_factory=dict)
    others: list[_Entry] = field(default_factory=list)

    def add(self, entry: _Entry) -> None:
        selector = entry.peer.get("namespaceSelector") or {}
        name = (selector.get("matchLabels") or {}).get(NAME_LABEL)
        (self.by_namespace.setdefault(name, []) if name else self.others).append(entry)

    def about(self, peer: Group) -> Iterator[_Entry]:
        """All that may concern a peer."""
        yield from self.by_namespace.get(peer.namespace, [])
        yield from self.others


def _rules(snapshot: Snapshot, group: Group, direction: str) -> _Rules | None:
    """The rules that restrict some pods; None if no policy does."""

    def read() -> _Rules | None:
        found = _Rules()
        policies = list(selecting(snapshot, group, direction))
        key, side = ("egress", "to") if direction == "Egress" else ("ingress", "from")
        for policy in policies:
            for rule in policy["spec"].get(key) or []:
                for peer in rule.get(side) or [{}]:
                    found.add(_Entry(policy=policy, rule=rule, peer=peer))
        return found if policies else None

    result: _Rules | None = snapshot.once(
        ("rules", group.namespace, group.address, frozenset(group.labels.items()), direction), read
    )
    return result


def callers(snapshot: Snapshot, target: Group, port: Port) -> Iterator[Rule]:
    """The peers that may reach a port of some pods as far as ingress policies go; an empty one stands for anybody."""
    policies = list(selecting(snapshot, target, "Ingress"))
    if not policies:
        yield {}
    for policy in policies:
        for rule in policy["spec"].get("ingress") or []:
            if _port_matches(rule, port):
                yield from rule.get("from") or [{}]


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a label selector selects these labels; an empty one selects everything."""
    selector = selector or {}
    wanted: Mapping[str, str] = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression(item, labels) for item in selector.get("matchExpressions") or []
    )


def _expression(item: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    value, values = labels.get(item["key"]), item.get("values") or []
    results = {
        "In": value in values,
        "NotIn": value not in values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }
    return results[item["operator"]]


def directions(policy: Mapping[str, Any]) -> list[str]:
    """What a policy restricts: by default ingress, and egress if it has rules for it."""
    spec = policy["spec"]
    given: list[str] | None = spec.get("policyTypes")
    return given or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])


def selecting(snapshot: Snapshot, group: Group, direction: str) -> Iterable[kube.Object]:
    """The policies that restrict some pods in a direction."""
    for policy in snapshot.within("NetworkPolicy", group.namespace) if group.namespace else []:
        if direction in directions(policy) and matches(policy["spec"].get("podSelector"), group.labels):
            yield policy


def _port_matches(rule: Rule, port: Port) -> bool:
    ports = rule.get("ports")
    return not ports or any(
        item.get("protocol", "TCP") == port.protocol
        and (
            "port" not in item
            or item["port"] in (port.number, port.name)
            or (isinstance(item["port"], int) and item["port"] <= port.number <= item.get("endPort", item["port"]))
        )
        for item in ports
    )


def _selects(snapshot: Snapshot, policy: Mapping[str, Any], peer: Rule, group: Group) -> bool:
    if not peer:
        return True
    if "ipBlock" in peer:
        return bool(group.address) and inside(peer["ipBlock"], group.address)
    if group.address:
        return False
    if "namespaceSelector" in peer:
        namespace = snapshot.get("Namespace", group.namespace)
        labels = (namespace or {}).get("metadata", {}).get("labels") or {}
        if not matches(peer["namespaceSelector"], labels):
            return False
    elif namespace_of(policy) != group.namespace:
        return False
    return matches(peer.get("podSelector"), group.labels)


def inside(block: Mapping[str, Any], address: str) -> bool:
    """Whether a peer's block of addresses has an address, and does not except it."""
    own = ip_address(address)
    return own in ip_network(block["cidr"], strict=False) and not any(
        own in ip_network(part, strict=False) for part in block.get("except") or []
    )
