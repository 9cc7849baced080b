"""What a program is told to call: a Service, its port, the pods behind it, and whether policies permit the call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from doctor import kube
from doctor.check import Reference, unless
from doctor.isolation import kinds_of_pods, owner_of, pod_port, selected
from doctor.network_policies import forbidden, matches
from doctor.routes import port_of, service_address
from doctor.snapshot import Snapshot
from policy.objects import labels_of, namespace_of


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call that somebody is told to make."""

    subject: str
    """Who tells it."""
    callers: Sequence[kube.Object]
    """A pod of each kind that makes it."""
    namespace: str
    service: str
    port: int | str
    """Of the Service, by number or by name."""
    means: str
    """What does not happen if it leads nowhere, as the end of a sentence that begins with `so`."""


def call_to(url: str, *, subject: str, callers: Sequence[kube.Object], means: str) -> Call | None:
    """The call of a URL, or of `host:port`; None if it leads out of the cluster."""
    found = service_address(url if "://" in url else f"http://{url}")
    if found is None:
        return None
    service, namespace, port = found
    return Call(subject=subject, callers=callers, namespace=namespace, service=service, port=port, means=means)


def followed(snapshot: Snapshot, call: Call) -> Iterator[Reference]:
    """The references of a call: one to the Service, and one from each of the callers to each pod behind it."""
    target = f"Service {call.namespace}/{call.service}:{call.port}"
    service = snapshot.get("Service", call.service, call.namespace)
    port = port_of(service, call.port) if service else None
    if service is None or port is None:
        fault = f"the Service has no such port: it has {_ports(service)}" if service else "there is no such Service"
        yield Reference(
            call.subject, target, f"{fault}, so {call.means}", "correct the address, or deploy what is there"
        )
        return
    pods = selected(snapshot, service)
    fault, advice = f"no pod answers there, so {call.means}", f"look at `kubectl get pods -n {call.namespace}`"
    yield Reference(call.subject, target, *unless(pods, fault, advice))
    for pod in pods:
        number = pod_port(pod, port)
        for caller in call.callers:
            made = f"{owner_of(caller)} to {owner_of(pod)}:{number.number}"
            yield Reference(call.subject, made, *forbidden(snapshot, caller, pod, number))


def _ports(service: kube.Object) -> str:
    ports = service["spec"].get("ports") or []
    return ", ".join(str(port.get("name") or port["port"]) for port in ports) or "none"


def pods_of(snapshot: Snapshot, owner: kube.Object) -> list[kube.Object]:
    """A running pod of each kind that a Deployment, a StatefulSet or a DaemonSet has made."""
    made = owner["spec"]["template"]["metadata"].get("labels") or {}
    pods = kinds_of_pods(snapshot, namespace_of(owner))
    return [pod for pod in pods if matches({"matchLabels": made}, labels_of(pod))]
