"""Routes: what makes an application reachable from outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs

from components.edge.tunnel_ingress import tunnel_ingress
from components.edge.ways_in import WaysIn
from components.kit import (
    AllowTraffic,
    AllowTrafficArgs,
    Endpoint,
    ForwardAuth,
    ForwardAuthGate,
    IngressController,
    Middleware,
    Namespace,
    Public,
    SignIn,
    TraefikRoute,
    TunnelIngress,
    plain,
)
from components.kit.traefik import reference
from components.vocabulary import OPEN_PATHS_REASON, OUTPOST_PATH, PUBLIC_REASON, SIGN_IN

CALLBACK_PRIORITY: Final = 1000
"""Above any priority that Traefik derives from a rule's length, or the callback would be asked to sign in itself."""


LAST: Final = 1
"""Below any priority that Traefik derives from a rule's length, for a rule that is long by what it leaves out."""


DOT: Final = "(\\.|%(25)*2e)"
SLASH: Final = "(/|\\\\|%(25)*(2f|5c))"
"""As programs may read a path that they decode once more than Traefik, which knows dots and slashes as such only."""
SLASHES: Final = f"({DOT}?{SLASH})+"
"""One slash or several, with nothing between them that leads elsewhere."""
UPWARDS: Final = f"!PathRegexp(`(?i){SLASH}{DOT}{{2}}(;|%00|{SLASH}|$)`)"
"""Not for a path that leads upwards, to whoever reads it so: out of what is open, or into what is closed."""


def _annotations(sign_in: SignIn) -> dict[str, str]:
    annotations = {SIGN_IN: str(sign_in.kind)}
    if isinstance(sign_in, Public):
        annotations[PUBLIC_REASON] = sign_in.reason
    if isinstance(sign_in, ForwardAuth) and sign_in.open_paths:
        annotations[OPEN_PATHS_REASON] = sign_in.open_paths_reason
    return annotations


@dataclass(frozen=True, kw_only=True)
class TraefikRoutedArgs:
    """An endpoint, the route that was chosen for it, and the Traefik that it is routed by."""

    namespace: Namespace
    """Where the IngressRoute is."""
    endpoint: Endpoint | None
    """None for Traefik's own dashboard."""
    route: TraefikRoute
    traefik: IngressController
    public_chain: Middleware
    """For routes, and paths of routes, that ask for no sign-in at Traefik."""
    gate: ForwardAuthGate | None
    """Needed for routes behind forward auth."""
    wait_for: Sequence[pulumi.Resource] = ()
    """What has to be there before the route, for example its DNS record."""

    def __post_init__(self) -> None:
        if isinstance(self.route.sign_in, ForwardAuth) and self.gate is None:
            message = f"{self.route.host}: expected the gate of forward auth, which is made of all hosts at the end"
            raise ValueError(message)


class TraefikRouted(pulumi.ComponentResource):
    """An IngressRoute, and Traefik's permission to call the pods."""

    ready: pulumi.Resource
    """The IngressRoute."""

    def __init__(self, name: str, args: TraefikRoutedArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:TraefikRouted", name, plain(args), opts)
        needs = [args.traefik.ready, args.namespace.resource, args.public_chain.resource, *args.wait_for]
        if args.gate:
            needs.append(args.gate.chain.resource)
        if args.endpoint:
            call = AllowTrafficArgs(source=args.traefik.pods, target=args.endpoint)
            needs.append(AllowTraffic(f"{name}-from-traefik", call, opts=pulumi.ResourceOptions(parent=self)))
        self.ready = CustomResource(
            name,
            api_version="traefik.io/v1alpha1",
            kind="IngressRoute",
            metadata=ObjectMetaArgs(
                name=name, namespace=args.namespace.name, annotations=_annotations(args.route.sign_in)
            ),
            # Without a secretName, Traefik's default TLSStore and TLSOption apply.
            spec={"entryPoints": ["websecure"], "routes": _rules(args), "tls": {}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )
        self.register_outputs({})


def _rules(args: TraefikRoutedArgs) -> list[dict[str, Any]]:
    route, gate = args.route, args.gate
    host = f"Host(`{route.host}`)"
    match = host if route.path == "/" else f"{host} && PathPrefix(`{route.path}`)"
    service = _service(args.endpoint)
    if gate is None or not isinstance(route.sign_in, ForwardAuth):
        return [_but_for(route.closed_paths, _rule(match, args.public_chain, service))]
    rules = [_but_for(route.closed_paths, _rule(match, gate.chain, service))]
    if route.sign_in.open_paths:
        prefixes = " || ".join(f"PathPrefix(`{path}`)" for path in route.sign_in.open_paths)
        rules.append(_rule(f"{host} && ({prefixes}) && {UPWARDS}", args.public_chain, service))
    if route.path == "/":
        callback = _rule(f"{host} && PathPrefix(`{OUTPOST_PATH}`)", None, _service(gate.callback))
        rules.append({**callback, "priority": CALLBACK_PRIORITY})
    return rules


def _but_for(closed_paths: Sequence[str], rule: dict[str, Any]) -> dict[str, Any]:
    """The rule without these paths, which no rule is left for then; Traefik answers 404."""
    if not closed_paths:
        return rule
    # Many programs take /Metrics for /metrics.
    paths = "|".join(SLASHES.join(map(re.escape, path.strip("/").split("/"))) for path in closed_paths)
    closed = f"!PathRegexp(`(?i)^{SLASHES}({paths})`)"
    return {**rule, "match": f"{rule['match']} && {closed} && {UPWARDS}", "priority": LAST}


def _rule(match: str, chain: Middleware | None, service: dict[str, Any]) -> dict[str, Any]:
    middlewares = {"middlewares": [reference(chain)]} if chain else {}
    return {"kind": "Rule", "match": match, **middlewares, "services": [service]}


def _service(endpoint: Endpoint | None) -> dict[str, Any]:
    if endpoint is None:
        return {"name": "api@internal", "kind": "TraefikService"}
    return {"name": endpoint.service, "namespace": endpoint.namespace.name, "port": endpoint.port}


@dataclass(frozen=True, kw_only=True)
class TunnelledArgs:
    """An endpoint and the tunnel that publishes it."""

    endpoint: Endpoint
    route: TunnelIngress
    tunnel: IngressController
    ways: WaysIn


class Tunnelled(pulumi.ComponentResource):
    """An Ingress of the tunnel's class, and cloudflared's permission to call the pods.

    The host's DNS record is made, and taken away again, by the tunnel ingress controller.
    """

    ready: pulumi.Resource
    """The Ingress."""

    def __init__(self, name: str, args: TunnelledArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Tunnelled", name, plain(args), opts)
        endpoint = args.endpoint
        permit = AllowTraffic(
            f"{name}-from-tunnel",
            AllowTrafficArgs(source=args.tunnel.pods, target=endpoint),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.ready = tunnel_ingress(
            name,
            host=args.route.host,
            namespace=endpoint.namespace,
            service=endpoint.service,
            port=endpoint.port,
            annotations=_annotations(args.route.sign_in),
            tunnel=args.tunnel,
            ways=args.ways,
            opts=pulumi.ResourceOptions(parent=self),
            object_name=name,
            depends_on=[permit],
        )
        self.register_outputs({})
