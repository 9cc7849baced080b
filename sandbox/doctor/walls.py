"""Checks of the walls around pods: pod security, and who may call whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox import kube
from sandbox.doctor.check import Context, Reference, check
from sandbox.doctor.policies import Group, Port, callers, directions, group_of, matches, permitted
from sandbox.doctor.routes import Backend, backends, port_of
from sandbox.doctor.world import GIVEN_NAMESPACES, World, label, namespace_of, notes

TRAEFIK: Final = {"app.kubernetes.io/name": "traefik"}
CONNECTOR: Final = {"app": "controlled-cloudflared-connector"}
DNS: Final = Group(namespace="kube-system", labels={"k8s-app": "kube-dns"})
"""The cluster's DNS, as every distribution labels it."""
DATABASE_PORTS: Final = (5432, 6379)
"""PostgreSQL's and Redis's."""
EVERYWHERE: Final = ("0.0.0.0/0", "::/0")


def own_namespaces(world: World) -> Iterator[kube.Object]:
    """Every namespace that was made on purpose."""
    return (item for item in world.all("Namespace") if item["metadata"]["name"] not in GIVEN_NAMESPACES)


def kinds_of_pods(world: World, namespace: str) -> list[kube.Object]:
    """One running pod for each set of labels: replicas are alike."""
    found: dict[tuple[tuple[str, str], ...], kube.Object] = {}
    for pod in world.within("Pod", namespace):
        if (pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            found.setdefault(tuple(sorted((pod["metadata"].get("labels") or {}).items())), pod)
    return list(found.values())


@check("namespace -> pod security")
def pod_security(context: Context) -> Iterator[Reference]:
    """Every namespace enforces `restricted`, or says why not."""
    for namespace in own_namespaces(context.world):
        level = (namespace["metadata"].get("labels") or {}).get("pod-security.kubernetes.io/enforce", "nothing")
        excused = notes(namespace).get("homelab/pod-security-reason")
        problem = "" if level == "restricted" or excused else f"it enforces {level} and gives no reason"
        yield Reference(label(namespace), "pod security restricted", problem)


@check("namespace -> closed by default")
def default_deny(context: Context) -> Iterator[Reference]:
    """Every namespace has a policy that selects all its pods and permits nobody in."""
    for namespace in own_namespaces(context.world):
        closed = any(
            not policy["spec"].get("podSelector")
            and not policy["spec"].get("ingress")
            and {"Ingress", "Egress"} <= set(directions(policy))
            for policy in context.world.within("NetworkPolicy", namespace["metadata"]["name"])
        )
        problem = "" if closed else "no policy closes it: its pods may be called by anybody"
        yield Reference(label(namespace), "default-deny", problem)


@check("route -> permitted by network policies")
def calls(context: Context) -> Iterator[Reference]:
    """Traefik or the tunnel may call the pods, and the pods may be called."""
    world = context.world
    sources = {True: list(_pods(world, CONNECTOR)), False: list(_pods(world, TRAEFIK))}
    for backend in backends(world):
        callers_ = sources[backend.tunnel]
        if not callers_:
            yield Reference(backend.subject, backend.name, "no pod of Traefik or of the tunnel is there to call it")
        for pod, port in _behind(world, backend):
            for source in callers_:
                reason = permitted(world, group_of(source), group_of(pod), port)
                problem = f"{reason}: declare the Connection" if reason else ""
                target = f"{_owner(pod)}:{port.number}"
                yield Reference(backend.subject, f"{_owner(source)} to {target}", problem)


def _owner(pod: kube.Object) -> str:
    """A pod without the part of its name that changes with each start."""
    made = (pod["metadata"].get("labels") or {}).get("pod-template-hash")
    return label(pod).partition(f"-{made}-")[0] if made else label(pod)


def _pods(world: World, labels: Mapping[str, str]) -> Iterator[kube.Object]:
    for namespace in world.all("Namespace"):
        for pod in kinds_of_pods(world, namespace["metadata"]["name"]):
            if matches({"matchLabels": labels}, pod["metadata"].get("labels") or {}):
                yield pod


def _behind(world: World, backend: Backend) -> Iterator[tuple[kube.Object, Port]]:
    service = world.get("Service", backend.service, backend.namespace)
    port = port_of(service, backend.port) if service else None
    selector = service["spec"].get("selector") if service else None
    if port is None or not selector:
        return
    for pod in kinds_of_pods(world, backend.namespace):
        if matches({"matchLabels": selector}, pod["metadata"].get("labels") or {}):
            yield pod, pod_port(pod, port)


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
    for namespace in own_namespaces(context.world):
        for pod in kinds_of_pods(context.world, namespace["metadata"]["name"]):
            # Whether DNS may be called is its own namespace's affair: only the pod's side is asked here.
            reasons = [
                permitted(context.world, group_of(pod), DNS, Port(number=53, protocol=protocol))
                for protocol in ("UDP", "TCP")
            ]
            problem = next(filter(None, reasons), "")
            yield Reference(f"Pod {_owner(pod).removeprefix('Pod ')}", "DNS in kube-system, port 53", problem)


@check("network policy -> named callers")
def named_callers(context: Context) -> Iterator[Reference]:
    """Every rule says who may call: nothing is open to the whole world or to every pod of the cluster."""
    for policy in context.world.all("NetworkPolicy"):
        if namespace_of(policy) in GIVEN_NAMESPACES:
            continue
        for rule in policy["spec"].get("ingress") or []:
            peers = rule.get("from") or [{}]
            wide = [peer for peer in peers if _is_anybody(peer)]
            yield Reference(label(policy), "callers", "it lets anybody in: name the pods that may call" if wide else "")


def _is_anybody(peer: Mapping[str, Any]) -> bool:
    if "ipBlock" in peer:
        return peer["ipBlock"]["cidr"] in EVERYWHERE
    every_namespace = "namespaceSelector" in peer and not peer["namespaceSelector"]
    return not peer or (every_namespace and not peer.get("podSelector"))


@check("database -> its own namespace, or named pods")
def databases(context: Context) -> Iterator[Reference]:
    """Nobody reaches a database but pods beside it, and those that a policy names by labels."""
    for namespace in context.world.all("Namespace"):
        for pod in kinds_of_pods(context.world, namespace["metadata"]["name"]):
            for container in pod["spec"]["containers"]:
                for port in container.get("ports") or []:
                    if port["containerPort"] in DATABASE_PORTS:
                        yield _database(
                            context.world, pod, Port(number=port["containerPort"], name=port.get("name", ""))
                        )


def _database(world: World, pod: kube.Object, port: Port) -> Reference:
    strangers = [peer for peer in callers(world, group_of(pod), port) if _is_stranger(world, peer, namespace_of(pod))]
    problem = f"it is open to {strangers[0] or 'anybody'}: name the pods that may call" if strangers else ""
    return Reference(_owner(pod), f"port {port.number}", problem)


def _is_stranger(world: World, peer: Mapping[str, Any], home: str) -> bool:
    """Whether a peer is neither pods of the same namespace nor pods with certain labels."""
    if peer.get("podSelector") or set(peer) == {"podSelector"}:
        return False
    if "namespaceSelector" not in peer:
        return True
    return any(
        matches(peer["namespaceSelector"], item["metadata"].get("labels") or {})
        for item in world.all("Namespace")
        if item["metadata"]["name"] != home
    )
