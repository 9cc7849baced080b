"""What a monitor finds: which ports of which pods Prometheus calls for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from doctor import kube
from doctor.isolation import kinds_of_pods, owner_of, pod_port, selected
from doctor.network_policies import Group, Port, group_of, matches
from doctor.snapshot import GIVEN_NAMESPACES, Snapshot
from policy.objects import label, labels_of, name_of, namespace_of

OF_THE_API_SERVER: Final = "default"
"""Namespace of the API server's own Service."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One place that is called: a port of pods, or of an address in the nodes' network."""

    name: str
    """Of the pod, or the address."""
    pod: str
    """Namespace and name of the pod; empty if it is only an address."""
    group: Group
    port: Port


@dataclass(frozen=True, kw_only=True)
class Search:
    """What one endpoint of a monitor looks for, and what it finds."""

    wanted: str
    targets: list[Target]
    fault: str
    """Why there are no targets."""


def searches(snapshot: Snapshot, monitor: kube.Object) -> list[Search]:
    """What each endpoint of a ServiceMonitor or a PodMonitor finds.

    Parts of the cluster itself, such as its DNS, need not be pods, and an API server need not say where it is: where a
    monitor looks for them it may find none.
    """
    found: list[Search] = snapshot.once(("searches", label(monitor)), lambda: list(_searches(snapshot, monitor)))
    return found


def _searches(snapshot: Snapshot, monitor: kube.Object) -> Iterator[Search]:
    spec, spaces = monitor["spec"], _namespaces(snapshot, monitor)
    where = ", ".join(spaces) if len(spaces) < len(snapshot.objects["Namespace"]) else "every namespace"
    for endpoint in spec.get("endpoints") or []:
        port = endpoint.get("port") or endpoint.get("targetPort")
        targets, fault = _by_service(snapshot, spec["selector"], spaces, port)
        if targets or spaces != [OF_THE_API_SERVER]:
            yield Search(wanted=f"port {port} of Services in {where}", targets=targets, fault=fault)
    for endpoint in spec.get("podMetricsEndpoints") or []:
        port = endpoint.get("port") or endpoint.get("portNumber")
        pods = _pods(snapshot, spec["selector"], spaces)
        if pods or not set(spaces) <= set(GIVEN_NAMESPACES):
            targets, fault = _by_pod(snapshot, pods, port)
            yield Search(wanted=f"port {port} of pods in {where}", targets=targets, fault=fault)


def _pods(snapshot: Snapshot, selector: Mapping[str, Any], spaces: list[str]) -> list[kube.Object]:
    return [pod for space in spaces for pod in kinds_of_pods(snapshot, space) if matches(selector, labels_of(pod))]


def _namespaces(snapshot: Snapshot, monitor: kube.Object) -> list[str]:
    selector = monitor["spec"].get("namespaceSelector") or {}
    if selector.get("any"):
        return [item["metadata"]["name"] for item in snapshot.all("Namespace")]
    return selector.get("matchNames") or [namespace_of(monitor)]


def _by_pod(snapshot: Snapshot, pods: list[kube.Object], wanted: int | str) -> tuple[list[Target], str]:
    if not pods:
        return [], "no pod has the labels that it asks for"
    targets = [
        target
        for pod in pods
        for container in pod["spec"]["containers"]
        for port in container.get("ports") or []
        if wanted in (port["containerPort"], port.get("name"))
        for target in _of_pod(snapshot, pod, Port(number=port["containerPort"], name=port.get("name", "")))
    ]
    return targets, "" if targets else "no pod with these labels declares such a port"


def _by_service(
    snapshot: Snapshot, selector: Mapping[str, Any], spaces: list[str], wanted: int | str
) -> tuple[list[Target], str]:
    services = [
        service
        for space in spaces
        for service in snapshot.within("Service", space)
        if matches(selector, labels_of(service))
    ]
    if not services:
        return [], "no Service has the labels that it asks for"
    named = [
        (service, port)
        for service in services
        for port in service["spec"].get("ports") or []
        if port.get("name") == wanted
    ]
    if not named:
        return [], "no Service with these labels has a port of that name"
    targets = [target for service, port in named for target in _behind(snapshot, service, port)]
    return targets, "" if targets else f"nothing answers behind {' and '.join(label(service) for service, _ in named)}"


def _behind(snapshot: Snapshot, service: kube.Object, port: Mapping[str, Any]) -> Iterator[Target]:
    """The pods behind a Service that have its port, or, if it selects none, where its endpoints are."""
    if service["spec"].get("selector"):
        for pod in selected(snapshot, service):
            called = pod_port(pod, port)
            if called.number:
                yield from _of_pod(snapshot, pod, called)
        return
    for piece in snapshot.within("EndpointSlice", namespace_of(service)):
        if labels_of(piece).get("kubernetes.io/service-name") == service["metadata"]["name"]:
            numbers = [item["port"] for item in piece.get("ports") or [] if item.get("name") == port["name"]]
            for endpoint in piece.get("endpoints") or []:
                for address in endpoint.get("addresses") or []:
                    for number in numbers:
                        yield Target(name=address, pod="", group=Group(address=address), port=Port(number=number))


def _of_pod(snapshot: Snapshot, pod: kube.Object, port: Port) -> Iterator[Target]:
    """A pod, or every one like it if they are in the nodes' network: there policies know them by address only."""
    if not pod["spec"].get("hostNetwork"):
        yield Target(name=owner_of(pod), pod=name_of(pod), group=group_of(pod), port=port)
        return
    for other in snapshot.within("Pod", namespace_of(pod)):
        address = (other.get("status") or {}).get("podIP")
        if address and labels_of(other) == labels_of(pod):
            yield Target(name=address, pod=name_of(other), group=Group(address=address), port=port)
