"""Rules of who may call from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from policy.objects import Object, spec_of
from policy.rule import Context, Rule

OPEN_TYPES: Final = ("LoadBalancer", "NodePort")
EVERYWHERE: Final = ("0.0.0.0/0", "::/0")


def _no_open_ports(service: Object, _context: Context) -> Iterator[str]:
    kind = spec_of(service).get("type")
    if kind in OPEN_TYPES:
        yield f"it is a {kind}: whoever reaches the nodes reaches it, past Traefik and the tunnel"
    if spec_of(service).get("externalIPs"):
        yield "it has externalIPs: whoever reaches them reaches it, past Traefik and the tunnel"


def _named_callers(policy: Object, _context: Context) -> Iterator[str]:
    for rule in spec_of(policy).get("ingress") or []:
        if any(_is_anybody(peer) for peer in rule.get("from") or [{}]):
            yield "it lets anybody in: name the pods that may call"


def _is_anybody(peer: Mapping[str, Any]) -> bool:
    if peer.get("ipBlock"):
        return peer["ipBlock"].get("cidr") in EVERYWHERE
    every_namespace = peer.get("namespaceSelector") is not None and not peer["namespaceSelector"]
    return not peer or (every_namespace and not peer.get("podSelector"))


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
)
