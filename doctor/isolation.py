"""Checks of who may call whom, as network policies have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from doctor import kube
from doctor.check import Context, Reference, check, unless
from doctor.network_policies import Group, Port, callers, directions, forbidden, group_of, matches, permitted
from doctor.routes import Backend, backends, port_of
from doctor.snapshot import GIVEN_NAMESPACES, Snapshot
from policy.objects import label, labels_of, namespace_of

TRAEFIK: Final = {"app.kubernetes.io/name": "traefik"}
CONNECTOR: Final = {"app": "controlled-cloudflared-connector"}
DNS: Final = Group(namespace="kube-system", labels={"k8s-app": "kube-dns"})
"""The cluster's DNS, as every distribution labels it."""
DATABASE_PORTS: Final = (3306, 5432, 6379, 11211, 27017)
"""MySQL's and MariaDB's, PostgreSQL's, Redis's, memcached's, MongoDB's."""


def own_namespaces(snapshot: Snapshot) -> Iterator[kube.Object]:
    """Every namespace that was made on purpose."""
    return (item for item in snapshot.all("Namespace") if item["metadata"]["name"] not in GIVEN_NAMESPACES)


def kinds_of_pods(snapshot: Snapshot, namespace: str) -> list[kube.Object]:
    """One running pod for each set of labels: replicas are alike."""
    found: dict[tuple[tuple[str, str], ...], kube.Object] = {}
    for pod in snapshot.within("Pod", namespace):
        if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            found.setdefault(tuple(sorted((pod["metadata"].get("labels") or {}).items())), pod)
    return list(found.values())


def own_pods(snapshot: Snapshot) -> Iterator[kube.Object]:
    """A running pod of each kind, of every namespace that was made on purpose."""
    for namespace in own_namespaces(snapshot):
        yield from kinds_of_pods(snapshot, namespace["metadata"]["name"])


@check("namespace -> closed by default")
def default_deny(context: Context) -> Iterator[Reference]:
    """Every namespace has a policy that selects all its pods and permits nobody in."""
    for namespace in own_namespaces(context.snapshot):
        if "deletionTimestamp" in namespace["metadata"]:
            continue  # its policies may be gone before its last object; nobody can add one any more
        closed = any(
            not policy["spec"].get("podSelector")
            and not policy["spec"].get("ingress")
            and {"Ingress", "Egress"} <= set(directions(policy))
            for policy in context.snapshot.within("NetworkPolicy", namespace["metadata"]["name"])
        )
        problem = unless(
            closed, "no policy closes it, so its pods may be called by anybody", "add a default-deny to it"
        )
        yield Reference(label(namespace), "default-deny", *problem)


@check("route -> permitted by network policies")
def calls(context: Context) -> Iterator[Reference]:
    """Traefik or the tunnel may call the pods, and the pods may be called."""
    snapshot = context.snapshot
    sources = {True: list(_pods(snapshot, CONNECTOR)), False: list(_pods(snapshot, TRAEFIK))}
    for backend in backends(snapshot):
        callers_ = sources[backend.tunnel]
        if not callers_:
            caller = "the tunnel's connector" if backend.tunnel else "Traefik"
            advice = f"look at its Deployment: `kubectl get pods -A -l {_selector(backend)}` shows none"
            yield Reference(backend.subject, backend.name, f"no pod of {caller} is there to call it", advice)
        for pod, port in _behind(snapshot, backend):
            for source in callers_:
                call = f"{owner_of(source)} to {owner_of(pod)}:{port.number}"
                yield Reference(backend.subject, call, *forbidden(snapshot, source, pod, port))


def _selector(backend: Backend) -> str:
    return ",".join(f"{key}={value}" for key, value in (CONNECTOR if backend.tunnel else TRAEFIK).items())


def owner_of(pod: kube.Object) -> str:
    """A pod without the part of its name that changes with each start."""
    made = (pod["metadata"].get("labels") or {}).get("pod-template-hash")
    return label(pod).partition(f"-{made}-")[0] if made else label(pod)


def _pods(snapshot: Snapshot, labels: Mapping[str, str]) -> Iterator[kube.Object]:
    for namespace in snapshot.all("Namespace"):
        for pod in kinds_of_pods(snapshot, namespace["metadata"]["name"]):
            if matches({"matchLabels": labels}, pod["metadata"].get("labels") or {}):
                yield pod


def _behind(snapshot: Snapshot, backend: Backend) -> Iterator[tuple[kube.Object, Port]]:
    service = snapshot.get("Service", backend.service, backend.namespace)
    port = port_of(service, backend.port) if service else None
    if service and port:
        for pod in selected(snapshot, service):
            yield pod, pod_port(pod, port)


def selected(snapshot: Snapshot, service: kube.Object) -> list[kube.Object]:
    """The pods behind a Service, one of each kind; none if it selects by no labels."""
    selector = service["spec"].get("selector")
    pods = kinds_of_pods(snapshot, namespace_of(service)) if selector else []
    return [pod for pod in pods if matches({"matchLabels": selector}, labels_of(pod))]


def pod_port(pod: Mapping[str, Any], port: Mapping[str, Any]) -> Port:
    """The port of a pod that a Service's port leads to; number 0 if the pod has no port of that name."""
    wanted = port.get("targetPort", port["port"])
    protocol = port.get("protocol", "TCP")
    for container in pod["spec"]["containers"]:
        for item in container.get("ports") or []:
            if wanted in (item["containerPort"], item.get("name")):
                return Port(number=item["containerPort"], name=item.get("name", ""), protocol=protocol)
    return Port(number=wanted if isinstance(wanted, int) else 0, protocol=protocol)


@check("pod -> cluster DNS")
def name_lookups(context: Context) -> Iterator[Reference]:
    """Every pod may look up names: nothing works without."""
    for pod in own_pods(context.snapshot):
        # Whether DNS may be called is its own namespace's affair: only the pod's side is asked here.
        reasons = [
            permitted(context.snapshot, group_of(pod), DNS, Port(number=53, protocol=protocol))
            for protocol in ("UDP", "TCP")
        ]
        reason = next(filter(None, reasons), "")
        problem = unless(not reason, reason, "permit port 53, UDP and TCP, in the namespace's default-deny")
        yield Reference(owner_of(pod), "DNS in kube-system, port 53", *problem)


@check("database -> its own namespace, or named pods")
def databases(context: Context) -> Iterator[Reference]:
    """Nobody reaches a database but pods beside it, and those that a policy names by labels."""
    for namespace in context.snapshot.all("Namespace"):
        for pod in kinds_of_pods(context.snapshot, namespace["metadata"]["name"]):
            for port in _database_ports(context.snapshot, pod):
                yield _database(context.snapshot, pod, port)


def _database_ports(snapshot: Snapshot, pod: kube.Object) -> list[Port]:
    """A pod's ports that databases are known by: those that it declares, and those that a Service leads to."""
    declared = [port for container in pod["spec"]["containers"] for port in container.get("ports") or []]
    led_to = [
        port
        for service in snapshot.within("Service", namespace_of(pod))
        if service["spec"].get("selector")
        and matches({"matchLabels": service["spec"]["selector"]}, pod["metadata"].get("labels") or {})
        for port in service["spec"].get("ports") or []
    ]
    found = [Port(number=port["containerPort"], name=port.get("name", "")) for port in declared]
    known = [port for port in found if port.number in DATABASE_PORTS]
    reached = [pod_port(pod, port) for port in led_to if port["port"] in DATABASE_PORTS]
    return list({port.number: port for port in [*reached, *known]}.values())


def _database(snapshot: Snapshot, pod: kube.Object, port: Port) -> Reference:
    strangers = [
        peer for peer in callers(snapshot, group_of(pod), port) if _is_stranger(snapshot, peer, namespace_of(pod))
    ]
    who = strangers[0] or "anybody" if strangers else ""
    problem = unless(not strangers, f"it is open to {who}", "name the pods that may call in the policy that lets it in")
    return Reference(owner_of(pod), f"port {port.number}", *problem)


def _is_stranger(snapshot: Snapshot, peer: Mapping[str, Any], home: str) -> bool:
    """Whether a peer is neither pods of the same namespace nor pods with certain labels."""
    if peer.get("podSelector") or set(peer) == {"podSelector"}:
        return False
    if "namespaceSelector" not in peer:
        return True
    return any(
        matches(peer["namespaceSelector"], item["metadata"].get("labels") or {})
        for item in snapshot.all("Namespace")
        if item["metadata"]["name"] != home
    )
