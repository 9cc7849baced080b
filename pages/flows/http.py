"""Flow 9: the ways of a request to a pod: by Traefik, by the tunnel, and inside."""

from __future__ import annotations

from doctor import kube
from doctor.routes import TUNNEL_CLASS, rule_backends, rules
from doctor.snapshot import Resource
from pages.flows.forward_auth import chain
from pages.markdown import code, codes, table
from pages.mermaid import Diagram
from pages.platform import Platform
from policy.objects import hosts_in, hosts_of, name_of, namespace_of, spec_of


def flow(platform: Platform) -> str:
    """The section."""
    diagram = Diagram()
    diagram.node("user", "user", shape="person")
    traefik = platform.running("traefik")
    diagram.node("traefik", "Traefik", traefik.place, traefik.version)
    for route in platform.all("IngressRoute"):
        for host in hosts_of(route):
            edge = diagram.node("edge", "Cloudflare", "proxied DNS records", shape="outside")
            way = "edge" if _proxied(platform, host) else "user"
            if way == "edge":
                diagram.edge("user", edge, "HTTPS")
            diagram.edge(way, "traefik", "port 443")
        _routed(platform, diagram, route)
    _tunnelled(platform, diagram)
    rows = [[code(route), code(host), codes(names), code(to)] for route, host, names, to in chains(platform)]
    return "\n\n".join(
        [
            "## 9. HTTP",
            str(diagram),
            "Inside, a pod calls a Service, and network policies say [who may call whom](network.md).",
            "### Middlewares",
            table(["route", "host", "middlewares", "Service"], rows),
        ]
    )


def _proxied(platform: Platform, host: str) -> bool:
    """Whether a host's record leads by Cloudflare's proxy.

    Raises:
        PagesError: the host has no record.
    """

    def named(item: Resource) -> bool:
        return item.properties.get("name") == host

    return bool(platform.account("DnsRecord", named, host).properties.get("proxied"))


def _routed(platform: Platform, diagram: Diagram, route: kube.Object) -> None:
    for rule in spec_of(route).get("routes") or []:
        for backend in rule_backends(route, rule):
            for actor in platform.serving(backend.service, backend.namespace):
                key = diagram.node(f"{backend.namespace}/{backend.service}", f"Service {backend.name}", shape="round")
                diagram.edge("traefik", key, *hosts_in(rule["match"]))
                diagram.node(f"pod {actor.place}", f"{actor.kind} {actor.place}", actor.version)
                diagram.edge(key, f"pod {actor.place}")


def _tunnelled(platform: Platform, diagram: Diagram) -> None:
    ingresses = [item for item in platform.all("Ingress") if spec_of(item).get("ingressClassName") == TUNNEL_CLASS]
    if not ingresses:
        return
    connector = platform.running("cloudflare/cloudflared")
    for item in platform.actors:
        if item.labels.get("app") == "controlled-cloudflared-connector":
            connector = item
    controller = platform.running("cloudflare-tunnel-ingress-controller")
    diagram.node("tunnel", "Cloudflare", "tunnel", shape="outside")
    diagram.node("connector", "connector", connector.place, connector.version)
    diagram.node("controller", "controller", controller.place, controller.version)
    diagram.edge("user", "tunnel", "HTTPS")
    diagram.edge("tunnel", "connector", "by a connection from inside")
    diagram.edge("controller", "tunnel", "rules and records", dotted=True)
    for ingress in ingresses:
        name = diagram.node(name_of(ingress), f"Ingress {name_of(ingress)}", *hosts_of(ingress), shape="round")
        diagram.edge("controller", name, "reads", dotted=True)
        for rule in spec_of(ingress)["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]["name"]
                for actor in platform.serving(service, namespace_of(ingress)):
                    diagram.node(f"pod {actor.place}", f"{actor.kind} {actor.place}", actor.version)
                    diagram.edge("connector", f"pod {actor.place}", rule["host"], f"Service {service}")


def chains(platform: Platform) -> list[tuple[str, str, tuple[str, ...], str]]:
    """Every route with its host, the middlewares that its requests pass, and where they go, each once and sorted."""
    found = {
        (
            name_of(route),
            hosts_in(rule["match"])[0],
            tuple(item["metadata"]["name"] for item in chain(platform, route, list(rule.get("middlewares") or []))),
            ", ".join(backend.name for backend in rule_backends(route, rule)) or "Traefik's own",
        )
        for route, rule in rules(platform.snapshot)
    }
    return sorted(found)
