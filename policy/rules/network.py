"""Rules of who may call from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from policy.objects import Object, spec_of
from policy.rule import Context, Rule

OPEN_TYPES: Final = ("LoadBalancer", "NodePort")
WIDE: Final = 7
"""Longest prefix of a range that stands for everywhere: whoever writes 0.0.0.0/1 and 128.0.0.0/1 means 0.0.0.0/0."""
PRIVATE: Final = tuple(
    ip_network(item)
    for item in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7")
)
"""Where the cluster and the home are, Tailscale, and a cloud's metadata: whoever may call the internet may still not
call these."""
NAME_LABEL: Final = "kubernetes.io/metadata.name"
"""Label that every namespace has."""


def _no_open_ports(service: Object, _context: Context) -> Iterator[str]:
    kind = spec_of(service).get("type")
    if kind in OPEN_TYPES:
        yield f"it is a {kind}: whoever reaches the nodes reaches it, past Traefik and the tunnel"
    if spec_of(service).get("externalIPs"):
        yield "it has externalIPs: whoever reaches them reaches it, past Traefik and the tunnel"


def _named_callers(policy: Object, _context: Context) -> Iterator[str]:
    if "Ingress" in _directions(policy):
        for rule in spec_of(policy).get("ingress") or []:
            if any(_is_anybody(peer) for peer in rule.get("from") or [{}]):
                yield "it lets anybody in: name the pods that may call"


def _named_targets(policy: Object, _context: Context) -> Iterator[str]:
    if "Egress" in _directions(policy):
        for rule in spec_of(policy).get("egress") or []:
            if any(_is_anybody(peer) and not _is_internet(peer) for peer in rule.get("to") or [{}]):
                ranges = ", ".join(map(str, PRIVATE))
                yield f"it lets pods call anybody: name what they may call, or leave out the private ranges: {ranges}"


def _directions(policy: Object) -> set[str]:
    """What a policy is about: by default ingress, and egress if it has rules for it."""
    spec = spec_of(policy)
    return set(spec.get("policyTypes") or (["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]))


def _is_anybody(peer: Mapping[str, Any]) -> bool:
    if peer.get("ipBlock"):
        block = _range(peer["ipBlock"].get("cidr"))
        return block is not None and block.prefixlen <= WIDE and block not in PRIVATE
    every_namespace = peer.get("namespaceSelector") is not None and _selects_all(peer["namespaceSelector"])
    return not peer or (every_namespace and _selects_all(peer.get("podSelector") or {}))


def _selects_all(selector: Mapping[str, Any]) -> bool:
    """Whether a selector names nothing: it is empty, or leaves out some, or asks for what everything has."""
    return not selector.get("matchLabels") and all(
        item.get("operator") in ("NotIn", "DoesNotExist")
        or (item.get("operator") == "Exists" and item.get("key") == NAME_LABEL)
        for item in selector.get("matchExpressions") or []
    )


def _is_internet(peer: Mapping[str, Any]) -> bool:
    """Whether a peer is every address but those of the cluster and the home."""
    block = _range((peer.get("ipBlock") or {}).get("cidr"))
    if block is None:
        return False
    excluded = [item for item in map(_range, peer["ipBlock"].get("except") or []) if item is not None]
    return all(any(_within(private, item) for item in excluded) for private in PRIVATE if _within(private, block))


def _range(text: Any) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(str(text), strict=False)
    except ValueError:
        return None


def _within(inner: IPv4Network | IPv6Network, outer: IPv4Network | IPv6Network) -> bool:
    """Whether a range lies in another one, of the same version."""
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


RULES: Final = (
    Rule(
        name="no-open-ports",
        description="No Service opens a port on the nodes or at a load balancer.",
        kinds=frozenset({"Service"}),
        judge=_no_open_ports,
    ),
    Rule(
        name="named-callers",
        description="No network policy is open to every address or to every pod of the cluster.",
        kinds=frozenset({"NetworkPolicy"}),
        judge=_named_callers,
    ),
    Rule(
        name="named-targets",
        description="No network policy lets pods call every address or every pod of the cluster.",
        kinds=frozenset({"NetworkPolicy"}),
        judge=_named_targets,
    ),
)
