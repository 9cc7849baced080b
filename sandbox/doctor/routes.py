"""Checks of what leads from a host to a pod."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox import kube
from sandbox.doctor.check import Context, Reference, check
from sandbox.doctor.policies import Group, Port, matches, permitted
from sandbox.doctor.world import World, label, namespace_of

TUNNEL_CLASS: Final = "cloudflare-tunnel"
TRAEFIK: Final = {"app.kubernetes.io/name": "traefik"}
CONNECTOR: Final = {"app": "controlled-cloudflared-connector"}


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A Service that a route sends requests to."""

    subject: str
    namespace: str
    service: str
    port: int | str
    tunnel: bool = False


def hosts_of(match: str) -> list[str]:
    """The hosts that a rule of Traefik names."""
    return [host for group in re.findall(r"Host\(([^)]*)\)", match) for host in re.findall(r"`([^`]+)`", group)]


def rules(world: World) -> Iterator[tuple[kube.Object, Mapping[str, Any]]]:
    """Every rule of every IngressRoute."""
    for route in world.all("IngressRoute"):
        for rule in route["spec"].get("routes", []):
            yield route, rule


def routed_hosts(world: World) -> dict[str, kube.Object]:
    """Every host that Traefik routes, and the route."""
    return {host: route for route, rule in rules(world) for host in hosts_of(rule["match"])}


def backends(world: World) -> Iterator[Backend]:
    """Every Service that something outside is led to."""
    for route, rule in rules(world):
        for service in rule.get("services", []):
            if service.get("kind", "Service") == "Service":
                yield Backend(
                    subject=label(route),
                    namespace=service.get("namespace", namespace_of(route)),
                    service=service["name"],
                    port=service["port"],
                )
    for ingress in world.all("Ingress"):
        for rule in ingress["spec"].get("rules", []):
            for path in rule.get("http", {}).get("paths", []):
                service = path["backend"]["service"]
                yield Backend(
                    subject=label(ingress),
                    namespace=namespace_of(ingress),
                    service=service["name"],
                    port=service["port"].get("number") or service["port"]["name"],
                    tunnel=ingress["spec"].get("ingressClassName") == TUNNEL_CLASS,
                )
    for middleware in world.all("Middleware"):
        if address := middleware["spec"].get("forwardAuth", {}).get("address"):
            url = urlsplit(address)
            service, _, rest = (url.hostname or "").partition(".")
            yield Backend(
                subject=label(middleware),
                namespace=rest.partition(".")[0],
                service=service,
                port=url.port or 80,
            )


def port_of(service: Mapping[str, Any], wanted: int | str) -> Mapping[str, Any] | None:
    """The port of a Service, by number or by name."""
    for port in service["spec"].get("ports", []):
        if wanted in (port["port"], port.get("name")):
            found: Mapping[str, Any] = port
            return found
    return None


@check("route -> Service port")
def service_ports(context: Context) -> Iterator[Reference]:
    """The Service exists and has that port."""
    for backend in backends(context.world):
        target = f"Service {backend.namespace}/{backend.service}:{backend.port}"
        service = context.world.get("Service", backend.service, backend.namespace)
        if service is None:
            yield Reference(backend.subject, target, "there is no such Service; correct the name or deploy it")
        elif port_of(service, backend.port) is None:
            ports = ", ".join(str(port["port"]) for port in service["spec"].get("ports", [])) or "none"
            yield Reference(backend.subject, target, f"the Service has no such port; it has {ports}")
        else:
            yield Reference(backend.subject, target)


@check("Service -> ready pods")
def ready_endpoints(context: Context) -> Iterator[Reference]:
    """Somebody is there to answer."""
    ready = {
        (namespace_of(piece), piece["metadata"].get("labels", {}).get("kubernetes.io/service-name"))
        for piece in context.world.all("EndpointSlice")
        if any((endpoint.get("conditions") or {}).get("ready", True) for endpoint in piece.get("endpoints") or [])
    }
    for backend in backends(context.world):
        if context.world.get("Service", backend.service, backend.namespace):
            found = (backend.namespace, backend.service) in ready
            problem = "" if found else "no pod behind it is ready: look at the Service's selector and at its pods"
            yield Reference(backend.subject, f"Service {backend.namespace}/{backend.service}", problem)


@check("route -> middleware")
def middlewares(context: Context) -> Iterator[Reference]:
    """The middlewares of a route, and the members of a chain, exist."""
    named = [(owner, item) for owner, rule in rules(context.world) for item in rule.get("middlewares", [])] + [
        (chain, item)
        for chain in context.world.all("Middleware")
        for item in chain["spec"].get("chain", {}).get("middlewares", [])
    ]
    for owner, item in named:
        namespace = item.get("namespace", namespace_of(owner))
        found = context.world.get("Middleware", item["name"], namespace)
        problem = "" if found else "there is no such middleware: the route answers 404 as a whole"
        yield Reference(label(owner), f"Middleware {namespace}/{item['name']}", problem)


@check("Ingress -> ingress class")
def ingress_classes(context: Context) -> Iterator[Reference]:
    """Some controller feels responsible."""
    for ingress in context.world.all("Ingress"):
        name = ingress["spec"].get("ingressClassName", "")
        found = context.world.get("IngressClass", name)
        yield Reference(label(ingress), f"IngressClass {name}", "" if found else "no controller has brought this class")


@check("route -> permitted by network policies")
def calls(context: Context) -> Iterator[Reference]:
    """Traefik or the tunnel may call the pods, and the pods may be called."""
    world = context.world
    for backend in backends(world):
        service = world.get("Service", backend.service, backend.namespace)
        port = port_of(service, backend.port) if service else None
        if service is None or port is None:
            continue
        pods = [
            pod
            for pod in world.all("Pod")
            if namespace_of(pod) == backend.namespace
            and matches({"matchLabels": service["spec"].get("selector")}, pod["metadata"].get("labels") or {})
        ]
        for source in _callers(world, tunnel=backend.tunnel):
            for pod in pods[:1]:
                group = Group(namespace=backend.namespace, labels=pod["metadata"].get("labels") or {})
                reason = permitted(world, source, group, pod_port(pod, port))
                problem = f"{reason}: declare the Connection" if reason else ""
                yield Reference(
                    backend.subject,
                    f"{source.namespace} to {label(pod)}:{port.get('targetPort', port['port'])}",
                    problem,
                )


def _callers(world: World, *, tunnel: bool) -> list[Group]:
    wanted = CONNECTOR if tunnel else TRAEFIK
    found = {
        namespace_of(pod): Group(namespace=namespace_of(pod), labels=pod["metadata"]["labels"])
        for pod in world.all("Pod")
        if matches({"matchLabels": wanted}, pod["metadata"].get("labels") or {})
    }
    return list(found.values())


def pod_port(pod: Mapping[str, Any], port: Mapping[str, Any]) -> Port:
    """The port of a pod that a Service's port leads to."""
    wanted = port.get("targetPort", port["port"])
    declared = [item for container in pod["spec"]["containers"] for item in container.get("ports") or []]
    for item in declared:
        if wanted in (item["containerPort"], item.get("name")):
            return Port(number=item["containerPort"], name=item.get("name", ""), protocol=port.get("protocol", "TCP"))
    return Port(number=wanted if isinstance(wanted, int) else 0, protocol=port.get("protocol", "TCP"))
