"""Checks of what leads from a host to a pod."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.snapshot import Snapshot
from policy.objects import hosts_in, label, namespace_of

TUNNEL_CLASS: Final = "cloudflare-tunnel"
CLUSTER_SUFFIX: Final = ("svc", "cluster", "local")
DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A Service that something sends requests to."""

    subject: str
    namespace: str
    service: str
    port: int | str
    tunnel: bool = False
    """Called by the tunnel's connector; by Traefik otherwise."""

    @property
    def name(self) -> str:
        """`namespace/name:port`."""
        return f"{self.namespace}/{self.service}:{self.port}"


def rules(snapshot: Snapshot) -> Iterator[tuple[kube.Object, Mapping[str, Any]]]:
    """Every rule of every IngressRoute."""
    for route in snapshot.all("IngressRoute"):
        for rule in route["spec"].get("routes") or []:
            yield route, rule


def routed_hosts(snapshot: Snapshot) -> dict[str, kube.Object]:
    """Every host that Traefik routes, and the first of its routes by name."""
    hosts: dict[str, kube.Object] = {}
    for route, rule in rules(snapshot):
        for host in hosts_in(rule.get("match", "")):
            hosts.setdefault(host, route)
    return hosts


def service_address(address: str) -> tuple[str, str, int] | None:
    """Service, namespace and port of a URL inside the cluster; None if it is not the address of a Service."""
    try:
        url = urlsplit(address)
        port = url.port or DEFAULT_PORTS.get(url.scheme)
    except ValueError:
        return None
    parts = (url.hostname or "").split(".")
    if len(parts) < 2 or tuple(parts[2:]) != CLUSTER_SUFFIX[: len(parts) - 2] or port is None:
        return None
    return parts[0], parts[1], port


def rule_backends(route: kube.Object, rule: Mapping[str, Any]) -> Iterator[Backend]:
    """The Services of one rule; Traefik's own services need no look."""
    for service in rule.get("services") or []:
        if service.get("kind", "Service") == "Service":
            yield Backend(
                subject=label(route),
                namespace=service.get("namespace", namespace_of(route)),
                service=service["name"],
                port=service.get("port", 0),
            )


def mirrored(service: kube.Object) -> Iterator[Backend]:
    """Whom a service of Traefik's own sends requests to, and copies of them."""
    mirroring = service["spec"].get("mirroring") or {}
    for target in filter(None, [mirroring, *(mirroring.get("mirrors") or [])]):
        yield Backend(
            subject=label(service),
            namespace=target.get("namespace", namespace_of(service)),
            service=target["name"],
            port=target.get("port", 0),
        )


def asked(middleware: kube.Object) -> Backend | None:
    """Whom a forward-auth middleware asks; None if it is another middleware, or asks nobody in the cluster."""
    address = middleware["spec"].get("forwardAuth", {}).get("address")
    found = service_address(address) if address else None
    if found is None:
        return None
    return Backend(subject=label(middleware), service=found[0], namespace=found[1], port=found[2])


def backends(snapshot: Snapshot) -> Iterator[Backend]:
    """Every Service that something outside is led to."""
    for route, rule in rules(snapshot):
        yield from rule_backends(route, rule)
    for ingress in snapshot.all("Ingress"):
        for rule in ingress["spec"].get("rules") or []:
            for path in (rule.get("http") or {}).get("paths") or []:
                service = path["backend"].get("service")
                if service:
                    yield Backend(
                        subject=label(ingress),
                        namespace=namespace_of(ingress),
                        service=service["name"],
                        port=service["port"].get("number") or service["port"]["name"],
                        tunnel=ingress["spec"].get("ingressClassName") == TUNNEL_CLASS,
                    )
    for service in snapshot.all("TraefikService"):
        yield from mirrored(service)
    yield from filter(None, map(asked, snapshot.all("Middleware")))


def port_of(service: Mapping[str, Any], wanted: int | str) -> Mapping[str, Any] | None:
    """The port of a Service, by number or by name."""
    for port in service["spec"].get("ports") or []:
        if wanted in (port["port"], port.get("name")):
            found: Mapping[str, Any] = port
            return found
    return None


@check("route -> Service port")
def service_ports(context: Context) -> Iterator[Reference]:
    """The Service exists and has that port."""
    for backend in backends(context.snapshot):
        target = f"Service {backend.name}"
        service = context.snapshot.get("Service", backend.service, backend.namespace)
        if service is None:
            fault = f"there is no such Service{_answers(backend, 404)}"
            yield Reference(backend.subject, target, fault, "correct the name or deploy it")
        elif port_of(service, backend.port) is None:
            ports = ", ".join(str(port["port"]) for port in service["spec"].get("ports") or []) or "none"
            fault = f"the Service has no such port: it has {ports}{_answers(backend, 404)}"
            yield Reference(backend.subject, target, fault, "name one of them in the route")
        else:
            yield Reference(backend.subject, target)


def _answers(backend: Backend, status: int) -> str:
    """What visitors get from Traefik for the rule of a route; who else calls a Service does as he likes."""
    return f", so Traefik answers {status}" if backend.subject.startswith("IngressRoute ") else ""


@check("route -> Traefik's own service")
def own_services(context: Context) -> Iterator[Reference]:
    """A service of Traefik's own that a route names exists."""
    for route, rule in rules(context.snapshot):
        for service in rule.get("services") or []:
            if service.get("kind") == "TraefikService" and not service["name"].endswith("@internal"):
                namespace = service.get("namespace", namespace_of(route))
                found = context.snapshot.get("TraefikService", service["name"], namespace)
                problem = unless(
                    found,
                    "there is no such TraefikService, so the route answers 404 as a whole",
                    "correct the name or deploy it",
                )
                yield Reference(label(route), f"TraefikService {namespace}/{service['name']}", *problem)


@check("route -> ready pods")
def ready_endpoints(context: Context) -> Iterator[Reference]:
    """Somebody is there to answer."""
    ready = {
        (namespace_of(piece), (piece["metadata"].get("labels") or {}).get("kubernetes.io/service-name"))
        for piece in context.snapshot.all("EndpointSlice")
        if any((endpoint.get("conditions") or {}).get("ready", True) for endpoint in piece.get("endpoints") or [])
    }
    for backend in backends(context.snapshot):
        if context.snapshot.get("Service", backend.service, backend.namespace):
            found = (backend.namespace, backend.service) in ready
            fault = f"no pod behind it is ready{_answers(backend, 503)}"
            problem = unless(found, fault, "look at the Service's selector and at its pods")
            yield Reference(backend.subject, f"Service {backend.namespace}/{backend.service}", *problem)


@check("forward auth -> Service")
def asked_services(context: Context) -> Iterator[Reference]:
    """Who is asked can be found: the address is that of a Service."""
    for middleware in context.snapshot.all("Middleware"):
        if address := middleware["spec"].get("forwardAuth", {}).get("address"):
            problem = unless(
                service_address(address),
                "it is not the address of a Service in the cluster",
                "set it to http://<service>.<namespace>.svc:<port>/...",
            )
            yield Reference(label(middleware), address, *problem)


@check("route -> middleware")
def middlewares(context: Context) -> Iterator[Reference]:
    """The middlewares of a route, and the members of a chain, exist."""
    named = [(owner, item) for owner, rule in rules(context.snapshot) for item in rule.get("middlewares") or []] + [
        (chain, item)
        for chain in context.snapshot.all("Middleware")
        for item in chain["spec"].get("chain", {}).get("middlewares") or []
    ]
    for owner, item in named:
        namespace = item.get("namespace", namespace_of(owner))
        found = context.snapshot.get("Middleware", item["name"], namespace)
        problem = unless(
            found,
            "there is no such middleware, so the route answers 404 as a whole",
            "`pulumi up --refresh` makes one of the stack anew; correct any other name",
        )
        yield Reference(label(owner), f"Middleware {namespace}/{item['name']}", *problem)


@check("Ingress -> ingress class")
def ingress_classes(context: Context) -> Iterator[Reference]:
    """Some controller feels responsible."""
    for ingress in context.snapshot.all("Ingress"):
        name = ingress["spec"].get("ingressClassName", "")
        found = context.snapshot.get("IngressClass", name)
        problem = unless(
            found,
            "no controller has brought this class",
            "correct ingressClassName to a class that `kubectl get ingressclass` shows, or deploy its controller",
        )
        yield Reference(label(ingress), f"IngressClass {name}", *problem)
