"""The addresses of the cluster, in the drill's own network: pods and Services have theirs, and so have those outside.

Everything of it is on one bridge of one machine. Whoever calls a pod without an address of its own is taken for one of
Traefik's pods, for nobody else here calls so. Names of Services are in a file of hosts that only the drill sees.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from drills.errors import DrillError
from sandbox import kube

BRIDGE: Final = "pods"
HOSTS: Final = "/etc/hosts"
HEADLESS: Final = "None"
DOMAINS: Final = ("", ".svc", ".svc.cluster.local")
"""How a Service of another namespace may be called."""
NAME: Final = "kubernetes.io/service-name"


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody can be called: an address, a port, and the pod that answers there."""

    address: str
    port: int
    pod: kube.Object

    @property
    def name(self) -> str:
        """The pod, as `namespace/name`."""
        return kube.name_of(self.pod)


def behind(cluster: kube.Client, namespace: str, service: str) -> list[Place]:
    """All places that a Service leads to, by its EndpointSlices: each pod at each port.

    Raises:
        DrillError: a slice names a pod that there is not.
    """
    found = []
    for piece in cluster.list("discovery.k8s.io/v1", "EndpointSlice", namespace):
        if (piece["metadata"].get("labels") or {}).get(NAME) != service:
            continue
        for endpoint in piece.get("endpoints") or []:
            if not (endpoint.get("conditions") or {}).get("ready", True):
                continue
            pod = _pod(cluster, namespace, endpoint)
            found += [
                Place(address=address, port=int(port["port"]), pod=pod)
                for address in endpoint["addresses"]
                for port in piece.get("ports") or []
            ]
    return found


def _pod(cluster: kube.Client, namespace: str, endpoint: Mapping[str, Any]) -> kube.Object:
    name = (endpoint.get("targetRef") or {}).get("name", "")
    pod = cluster.get("v1", "Pod", name, namespace) if name else None
    if pod is None:
        message = f"Pod {namespace}/{name}: an EndpointSlice names it, and there is none"
        raise DrillError(message)
    return pod


def called(cluster: kube.Client, namespace: str, service: str) -> list[Place]:
    """The places that a Service leads to, at its own address and ports too, as kube-proxy would make them."""
    found = cluster.get("v1", "Service", service, namespace)
    pods = behind(cluster, namespace, service)
    address = (found or {}).get("spec", {}).get("clusterIP", HEADLESS)
    if found is None or not pods or address == HEADLESS:
        return pods
    first = pods[0].pod
    ports = [
        Place(address=address, port=int(port["port"]), pod=first)
        for port in found["spec"]["ports"]
        if port.get("protocol", "TCP") == "TCP"
    ]
    return [*pods, *ports]


def have(addresses: Iterable[str], *, caller: str = "") -> None:
    """Let these addresses exist here; whoever calls one of them, and says nothing else, does it from `caller`'s.

    Raises:
        DrillError: the network refuses them.
    """
    lines = []
    for address in dict.fromkeys(addresses):
        if ip_address(address).version == 4:
            lines.append(f"address replace {address}/32 dev {BRIDGE}")
            if caller:
                lines.append(
                    f"route change table local local {address} dev {BRIDGE} src {caller} scope host proto kernel"
                )
    _ip(lines)


@contextmanager
def named(services: Iterable[kube.Object], folder: Path) -> Iterator[None]:
    """Let every Service that has an address be found by its names, by whoever runs in the drill, within the block.

    Raises:
        DrillError: the file of hosts cannot be put in the place of the machine's.
    """
    hosts = folder / "hosts"
    hosts.write_text("\n".join([*_names(services), ""]))
    _run(["mount", "--bind", str(hosts), HOSTS])
    try:
        yield
    finally:
        _run(["umount", HOSTS])


def _names(services: Iterable[kube.Object]) -> Iterator[str]:
    yield "127.0.0.1 localhost"
    for service in services:
        address = service["spec"].get("clusterIP") or HEADLESS
        if address != HEADLESS:
            meta = service["metadata"]
            yield " ".join([address, *(f"{meta['name']}.{meta['namespace']}{domain}" for domain in DOMAINS)])


def _ip(lines: Sequence[str]) -> None:
    _run(["ip", "-batch", "-"], "\n".join([*lines, ""]))


def _run(command: Sequence[str], given: str = "") -> None:
    done = subprocess.run(command, input=given, check=False, capture_output=True, text=True)
    if done.returncode:
        message = f"{command[0]}: {(done.stderr.strip() or 'failed').splitlines()[0]}"
        raise DrillError(message)
