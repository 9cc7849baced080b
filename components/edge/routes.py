"""Routes: what makes an application reachable from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource
from pulumi_kubernetes.meta.v1 import ObjectMetaArgs
from pulumi_kubernetes.networking.v1 import (
    HTTPIngressPathArgs,
    HTTPIngressRuleValueArgs,
    Ingress,
    IngressBackendArgs,
    IngressRuleArgs,
    IngressServiceBackendArgs,
    IngressSpecArgs,
    ServiceBackendPortArgs,
)

from components.edge.gateway import Gateway
from components.edge.middlewares import CALLBACK_PATH, reference
from components.edge.tunnel import INGRESS_CLASS, TunnelGateway
from components.kit import Connection, ConnectionArgs, Endpoint, ForwardAuth, Middleware, TraefikRoute, TunnelIngress
from components.kit.cloudflare import DnsRecord
from components.kit.exposure import Public, SignIn, kind_of
from components.vocabulary import OPEN_PATHS_REASON, PUBLIC_REASON, SIGN_IN

AUTOMATIC_TTL: Final = 1
"""What Cloudflare wants for proxied records: it chooses the time to live itself."""

CALLBACK_PRIORITY: Final = 1000
"""Above any priority that Traefik derives from a rule's length, or the callback would be asked to sign in itself."""


def _annotations(sign_in: SignIn) -> dict[str, str]:
    annotations = {SIGN_IN: kind_of(sign_in)}
    if isinstance(sign_in, Public):
        annotations[PUBLIC_REASON] = sign_in.reason
    if isinstance(sign_in, ForwardAuth) and sign_in.open_paths:
        annotations[OPEN_PATHS_REASON] = sign_in.open_paths_reason
    return annotations


@dataclass(frozen=True, kw_only=True)
class TraefikRoutedArgs:
    """An endpoint, the route that was chosen for it, and where its DNS record goes."""

    endpoint: Endpoint | None
    """None for Traefik's own dashboard."""
    route: TraefikRoute
    gateway: Gateway
    zone_id: str | None
    """Zone of the host's record; None if another route of the same host makes it."""
    public_address: str
    """Where Cloudflare finds Traefik."""


class TraefikRouted(pulumi.ComponentResource):
    """An IngressRoute, its proxied DNS record, and Traefik's permission to call the pods."""

    ready: pulumi.Resource
    """The IngressRoute."""

    def __init__(self, name: str, args: TraefikRoutedArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:TraefikRouted", name, None, opts)
        namespace = args.endpoint.namespace if args.endpoint else args.gateway.namespace
        needs: list[pulumi.Resource] = [args.gateway.ready, namespace.resource]
        if args.zone_id is not None:
            needs.append(self._record(name, args.route.host, args.zone_id, args.public_address))
        if args.endpoint:
            needs.append(self._permit(name, args.gateway, args.endpoint))
        self.ready = CustomResource(
            name,
            api_version="traefik.io/v1alpha1",
            kind="IngressRoute",
            metadata=ObjectMetaArgs(name=name, namespace=namespace.name, annotations=_annotations(args.route.sign_in)),
            # Without a secretName, Traefik's default TLSStore and TLSOption apply.
            spec={"entryPoints": ["websecure"], "routes": _rules(args), "tls": {}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=needs),
        )
        self.register_outputs({})

    def _record(self, name: str, host: str, zone_id: str, address: str) -> DnsRecord:
        return DnsRecord(
            name,
            zone_id=zone_id,
            name=host,
            type="A",
            content=address,
            proxied=True,
            ttl=AUTOMATIC_TTL,
            comment="homelab: Traefik",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _permit(self, name: str, gateway: Gateway, endpoint: Endpoint) -> Connection:
        return Connection(
            f"{name}-from-traefik",
            ConnectionArgs(source=gateway.pods, target=endpoint),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _rules(args: TraefikRoutedArgs) -> list[dict[str, Any]]:
    route = args.route
    host = f"Host(`{route.host}`)"
    match = host if route.path == "/" else f"{host} && PathPrefix(`{route.path}`)"
    service = _service(args.endpoint)
    if not isinstance(route.sign_in, ForwardAuth):
        return [_rule(match, args.gateway.public_chain, service)]
    rules = [_rule(match, route.sign_in.chain, service)]
    if route.sign_in.open_paths:
        prefixes = " || ".join(f"PathPrefix(`{path}`)" for path in route.sign_in.open_paths)
        rules.append(_rule(f"{host} && ({prefixes})", args.gateway.public_chain, service))
    if route.path == "/":
        callback = _rule(f"{host} && PathPrefix(`{CALLBACK_PATH}`)", None, _service(route.sign_in.callback))
        rules.append({**callback, "priority": CALLBACK_PRIORITY})
    return rules


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
    gateway: TunnelGateway


class Tunnelled(pulumi.ComponentResource):
    """An Ingress of the tunnel's class, and cloudflared's permission to call the pods.

    The host's DNS record is made, and taken away again, by the tunnel ingress controller.
    """

    def __init__(self, name: str, args: TunnelledArgs, *, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:edge:Tunnelled", name, None, opts)
        endpoint = args.endpoint
        permit = Connection(
            f"{name}-from-tunnel",
            ConnectionArgs(source=args.gateway.connector, target=endpoint),
            opts=pulumi.ResourceOptions(parent=self),
        )
        backend = IngressBackendArgs(
            service=IngressServiceBackendArgs(name=endpoint.service, port=ServiceBackendPortArgs(number=endpoint.port))
        )
        path = HTTPIngressPathArgs(path="/", path_type="Prefix", backend=backend)
        Ingress(
            name,
            metadata=ObjectMetaArgs(
                name=name, namespace=endpoint.namespace.name, annotations=_annotations(args.route.sign_in)
            ),
            spec=IngressSpecArgs(
                ingress_class_name=INGRESS_CLASS,
                rules=[IngressRuleArgs(host=args.route.host, http=HTTPIngressRuleValueArgs(paths=[path]))],
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The controller has to outlive its ingresses: it is the one to take their finalizer away.
                depends_on=[args.gateway.ready, endpoint.namespace.resource, permit],
            ),
        )
        self.register_outputs({})
